/** A media type whose content starts with known bytes, under the one name that it is served as. */
export interface SignedMediaType {
  name: string
  family: 'image' | 'audio' | 'video' | 'pdf'
  /** Any one of these has to match. */
  signatures: readonly Signature[]
}

/** Parts of a file's start: at each offset, these bytes (as Latin-1 text). */
type Signature = readonly (readonly [offset: number, bytes: string])[]

const png: Signature = [[0, '\x89PNG\r\n\x1A\n']]
const jpeg: Signature = [[0, '\xFF\xD8\xFF']]
const webp: Signature = [
  [0, 'RIFF'],
  [8, 'WEBP'],
]
const wave: Signature = [
  [0, 'RIFF'],
  [8, 'WAVE'],
]
const avif: readonly Signature[] = ['avif', 'avis', 'mif1', 'msf1'].map((brand) => [[4, `ftyp${brand}`]])
const isoMedia: Signature = [[4, 'ftyp']]
const ogg: Signature = [[0, 'OggS']]
const matroska: Signature = [[0, '\x1A\x45\xDF\xA3']]
const flac: Signature = [[0, 'fLaC']]
/** An ID3 tag, or the frame sync of MPEG audio layers 1 to 3 in all their versions. */
const mpegAudio: readonly Signature[] = [
  [[0, 'ID3']],
  ...[
    '\xE2',
    '\xE3',
    '\xF2',
    '\xF3',
    '\xF4',
    '\xF5',
    '\xF6',
    '\xF7',
    '\xFA',
    '\xFB',
    '\xFC',
    '\xFD',
    '\xFE',
    '\xFF',
  ].map((second): Signature => [[0, `\xFF${second}`]]),
]
const adts: readonly Signature[] = ['\xF0', '\xF1', '\xF8', '\xF9'].map((second) => [[0, `\xFF${second}`]])

const types: readonly SignedMediaType[] = [
  { name: 'image/png', family: 'image', signatures: [png] },
  { name: 'image/jpeg', family: 'image', signatures: [jpeg] },
  { name: 'image/gif', family: 'image', signatures: [[[0, 'GIF87a']], [[0, 'GIF89a']]] },
  { name: 'image/webp', family: 'image', signatures: [webp] },
  { name: 'image/avif', family: 'image', signatures: avif },
  { name: 'audio/mpeg', family: 'audio', signatures: mpegAudio },
  { name: 'audio/wav', family: 'audio', signatures: [wave] },
  { name: 'audio/ogg', family: 'audio', signatures: [ogg] },
  { name: 'audio/flac', family: 'audio', signatures: [flac] },
  { name: 'audio/aac', family: 'audio', signatures: adts },
  { name: 'audio/mp4', family: 'audio', signatures: [isoMedia] },
  { name: 'audio/webm', family: 'audio', signatures: [matroska] },
  { name: 'video/mp4', family: 'video', signatures: [isoMedia] },
  { name: 'video/quicktime', family: 'video', signatures: [isoMedia, [[4, 'moov']], [[4, 'mdat']], [[4, 'wide']]] },
  { name: 'video/webm', family: 'video', signatures: [matroska] },
  { name: 'video/ogg', family: 'video', signatures: [ogg] },
  { name: 'application/pdf', family: 'pdf', signatures: [[[0, '%PDF-']]] },
]

/** Other names under which clients send these types. */
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/apng': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/mpeg3': 'audio/mpeg',
  'audio/mpga': 'audio/mpeg',
  'audio/wave': 'audio/wav',
  'audio/x-wav': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/opus': 'audio/ogg',
  'audio/x-flac': 'audio/flac',
  'audio/x-aac': 'audio/aac',
  'audio/m4a': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'application/ogg': 'audio/ogg',
  'application/x-pdf': 'application/pdf',
}

const typesByName = new Map(types.map((type) => [type.name, type]))

/** The entry of a media type, given in lower case and without parameters; `undefined` for one that has no signature here. */
export function signedMediaType(mediaType: string): SignedMediaType | undefined {
  return typesByName.get(Object.hasOwn(aliases, mediaType) ? (aliases[mediaType] ?? '') : mediaType)
}

/** Whether the first bytes of a blob are those of a media type. */
export function hasSignature(type: SignedMediaType, firstBytes: Uint8Array): boolean {
  const start = Buffer.from(firstBytes).toString('latin1')
  return type.signatures.some((parts) => parts.every(([offset, bytes]) => start.startsWith(bytes, offset)))
}
