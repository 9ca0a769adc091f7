import { existsSync } from 'node:fs'

/** The folder of this package, which holds `dist/` and `samples/`, wherever in it this module ended up. */
export const packageDirectory: URL = findPackage(new URL('./', import.meta.url))

function findPackage(directory: URL): URL {
  return existsSync(new URL('package.json', directory)) ? directory : findPackage(new URL('../', directory))
}
