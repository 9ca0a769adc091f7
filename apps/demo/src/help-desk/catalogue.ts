import { readFile } from 'node:fs/promises'
import { packageDirectory } from '../package-directory.js'

/** A picture of the maker's own. */
export interface CataloguePicture {
  readonly filename: string
  readonly mediaType: string
  readonly data: Uint8Array
}

const FILENAME = 'new-lamp.jpg'

/** How the lamp looks while it is whole. */
export async function readCataloguePicture(): Promise<CataloguePicture> {
  const data = await readFile(new URL(`samples/${FILENAME}`, packageDirectory))
  return { filename: FILENAME, mediaType: 'image/jpeg', data }
}
