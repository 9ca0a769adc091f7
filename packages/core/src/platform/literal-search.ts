import { LITERAL_SEARCH_CODE } from './literal-search-code.js'
import { CHARACTERS_AFTER, CHARACTERS_BEFORE, type LiteralSearch, SEARCHED_BYTES } from './platform.js'

/** Where the text begins in the memory of the module; the tables are before it. */
const TEXT_START = 1024
/** Behind it is room for what the module reads beyond the end: two pages of memory are 128 KiB. */
const TEXT_END = TEXT_START + 64 * 1024

const TABLE_BYTES = 16
const GROUPS = 8
const EVERY_BYTE: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte)

/** What of WebAssembly is used: the types of Node have none of it. */
interface WebAssemblyGlobal {
  readonly WebAssembly?: {
    readonly Module: new (code: Uint8Array) => object
    readonly Instance: new (module: object) => { readonly exports: object }
  }
}

interface SearchModule {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** @returns the first place at or after `at`; any number that is not below `end` where there is none */
  find(at: number, end: number): number
}

/**
 * Prepares a search that looks at 16 places at once, with the vector instructions that WebAssembly has: 4 bytes per
 * nanosecond, where an expression of JavaScript takes two nanoseconds per byte.
 *
 * @returns undefined where there is no WebAssembly, or none with vectors
 */
export function createLiteralSearch(groups: readonly (readonly string[])[]): LiteralSearch | undefined {
  const module = instantiate()
  if (module === undefined || groups.length > GROUPS) return undefined
  const memory = Buffer.from(module.memory.buffer)
  writeTables(memory, groups)

  const findIn = (at: number, until: number, end: number, accept: (text: string) => boolean): boolean => {
    for (let place = module.find(at, until); place < until; place = module.find(place + 1, until)) {
      const text = memory.toString('latin1', place - CHARACTERS_BEFORE, Math.min(place + CHARACTERS_AFTER, end))
      if (accept(text)) return true
    }
    return false
  }

  return (chunks, accept) => {
    const start = TEXT_START + CHARACTERS_BEFORE
    for (let place = TEXT_START; place < start; place += 1) memory[place] = 0
    let end = start
    for (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length;) {
        const room = TEXT_END - end
        const part = offset === 0 && chunk.length <= room ? chunk : chunk.subarray(offset, offset + room)
        memory.set(part, end)
        end += part.length
        offset += part.length
        if (end < TEXT_END) continue
        // The last places are looked at again when what follows them is there.
        const until = end - CHARACTERS_AFTER
        if (findIn(start, until, end, accept)) return true
        memory.copyWithin(TEXT_START, until - CHARACTERS_BEFORE, end)
        end = start + CHARACTERS_AFTER
      }
    }
    return findIn(start, end, end, accept)
  }
}

function instantiate(): SearchModule | undefined {
  const { WebAssembly }: typeof globalThis & WebAssemblyGlobal = globalThis
  try {
    const module = WebAssembly && new WebAssembly.Module(Buffer.from(LITERAL_SEARCH_CODE, 'base64'))
    return WebAssembly && module && asSearchModule(new WebAssembly.Instance(module).exports)
  } catch {
    // A processor, or a policy, that does without.
    return undefined
  }
}

function asSearchModule(exports: object): SearchModule | undefined {
  return isSearchModule(exports) ? exports : undefined
}

function isSearchModule(exports: object): exports is SearchModule {
  return 'memory' in exports && 'find' in exports
}

/** A byte beyond the end of a short literal may be anything. */
function writeTables(memory: Uint8Array, groups: readonly (readonly string[])[]): void {
  for (const [group, literals] of groups.entries()) {
    for (const literal of literals) {
      for (let position = 0; position < SEARCHED_BYTES; position += 1) {
        const low = position * 2 * TABLE_BYTES
        for (const byte of position < literal.length ? bytesOf(literal.charCodeAt(position)) : EVERY_BYTE) {
          for (const entry of [low + (byte & 0x0f), low + TABLE_BYTES + (byte >> 4)]) {
            memory[entry] = (memory[entry] ?? 0) | (1 << group)
          }
        }
      }
    }
  }
}

/** A letter stands for both of its cases. */
function bytesOf(code: number): number[] {
  const isLetter = code >= 0x61 && code <= 0x7a
  return isLetter ? [code, code - 0x20] : [code]
}
