import { createHash } from 'node:crypto'

/** What is said in recordings that are known, by their SHA-256: the sample was spoken from this script. */
const SCRIPTS: Readonly<Record<string, string>> = {
  '2aa632d7da5fa61c80879b6c83b4810bce14258ba11ae9aa2b3b37041fd73592':
    'Hello, this is Marta Keller. I am calling about my desk lamp, the LW 40. The upper arm snapped while I was ' +
    'adjusting it, the shade fell on the desk, and the bulb broke. The warranty card is on the photo. Could you send ' +
    'me a new arm, please? Thank you.',
}

/**
 * The script of a recording, which is looked up and not heard.
 *
 * @returns the script, saying where it is from; `undefined` if the recording is not known
 */
export function findScript(recording: Uint8Array): string | undefined {
  const script = SCRIPTS[createHash('sha256').update(recording).digest('hex')]
  return script === undefined ? undefined : `(Not heard: the script of this sample, known by its SHA-256.) ${script}`
}
