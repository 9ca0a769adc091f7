import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NEXT_VERSIONS, siteDirectory } from './running-site.js'

/**
 * What Next.js itself has to say, whatever is built: about any route for the Edge runtime, and about a first build in
 * continuous integration.
 */
const OF_NEXT_ITSELF = [
  /^ *⚠ No build cache found\. Please configure build caching for faster rebuilds\..*$/gm,
  /^ *⚠ The Edge Runtime is deprecated\..*$/gm,
  /^ *⚠ Using edge runtime on a page currently disables static generation for that page$/gm,
]

test.each(NEXT_VERSIONS)('`next build` of %s warns of nothing', async (next) => {
  const log = await readFile(join(siteDirectory(next), 'next-build.log'), 'utf8')
  const rest = OF_NEXT_ITSELF.reduce((text, known) => text.replaceAll(known, ''), log)
  expect(rest).toMatch(/✓ Compiled successfully/)
  expect(rest).not.toMatch(/⚠|warn|error|failed|can't resolve|critical dependency/i)
})
