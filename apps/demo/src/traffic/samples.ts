import { readFile } from 'node:fs/promises'
import { packageDirectory } from '../package-directory.js'

/** A file of `samples/`. */
export interface Sample {
  readonly filename: string
  readonly contentType: string
  readonly bytes: Buffer<ArrayBuffer>
}

export interface Samples {
  /** A photo of a few megabytes. */
  readonly photo: Sample
  /** Some seconds of speech. */
  readonly voice: Sample
  /** A booklet of several pages. */
  readonly warranty: Sample
  /** A log of about a megabyte. */
  readonly diagnostics: Sample
  /** The product in the catalogue. */
  readonly product: Sample
}

/** Reads the sample files, which were made for this project. */
export async function loadSamples(): Promise<Samples> {
  const [photo, voice, warranty, diagnostics, product] = await Promise.all([
    load('broken-lamp.jpg', 'image/jpeg'),
    load('voice-note.wav', 'audio/wav'),
    load('warranty.pdf', 'application/pdf'),
    load('diagnostics.json', 'application/json'),
    load('new-lamp.jpg', 'image/jpeg'),
  ])
  return { photo, voice, warranty, diagnostics, product }
}

async function load(filename: string, contentType: string): Promise<Sample> {
  const bytes = await readFile(new URL(`samples/${filename}`, packageDirectory))
  return { filename, contentType, bytes }
}
