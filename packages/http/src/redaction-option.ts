import { DEFAULT_SENSITIVE_KEYS, isSensitiveKey, mayNeedRedaction, redactText } from '@span-artifacts/core'
import { answerAtOnce } from './answer-at-once.js'
import type { BodyRedactor } from './body-redaction.js'
import { shield } from './diagnostics.js'

/**
 * Removes secrets from a text body by the application's own rules, in place of the usual keys. Must not be async.
 *
 * @param text the body, decoded: content-encoding removed
 * @param contentType the body's content type
 * @returns the text to store; `undefined` where the body must not be stored at all
 */
export type RedactFunction = (text: string, contentType: string) => string | undefined

/** Keys whose values are secret, in addition to the usual ones. */
export interface RedactKeys {
  /** A text matches every key that contains it, whatever the case; an expression is tested on the key as it was sent. */
  readonly keys: readonly (string | RegExp)[]
}

/** How secrets are removed from captured bodies. */
export type RedactOption = boolean | RedactKeys | RedactFunction

/** The redactor that an option stands for; `undefined` where nothing is to be redacted. */
export function createBodyRedactor(option: RedactOption = true): BodyRedactor | undefined {
  if (option === false) return undefined
  const sensitiveKeys =
    typeof option === 'object' && option.keys.length > 0
      ? [...DEFAULT_SENSITIVE_KEYS, ...option.keys.map(asExpression)]
      : DEFAULT_SENSITIVE_KEYS
  const isSensitiveName = (name: string): boolean => isSensitiveKey(name, sensitiveKeys)
  if (typeof option === 'function') {
    return { readsPlainText: true, mayNeedRedaction: () => true, redactText: safely(option), isSensitiveName }
  }
  return {
    readsPlainText: false,
    isSensitiveName,
    mayNeedRedaction: (chunks, contentType, truncated) =>
      mayNeedRedaction(chunks, { contentType, sensitiveKeys, truncated }),
    redactText: (text, contentType, truncated) => {
      const result = redactText(text, { contentType, sensitiveKeys, truncated })
      if (result.state === 'impossible') return undefined
      return result.state === 'redacted' ? result.text : text
    },
  }
}

/** The application's own function may throw, and return anything: what it could not look into is not stored. */
function safely(redact: RedactFunction): RedactFunction {
  return (text, contentType) => {
    let redacted: unknown
    shield('redaction', () => {
      redacted = answerAtOnce('redact', redact(text, contentType))
    })
    return typeof redacted === 'string' ? redacted : undefined
  }
}

/** A `g` or `y` flag would make an expression remember where it stopped. */
function asExpression(key: string | RegExp): RegExp {
  if (typeof key === 'string') return new RegExp(key.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), 'i')
  return new RegExp(key.source, key.flags.replaceAll(/[gy]/g, ''))
}
