import { fileURLToPath } from 'node:url'
import type { NextConfig } from 'next'

/** The root of the repository, whose packages this application is linked to. */
const root = fileURLToPath(new URL('../../', import.meta.url))

const config: NextConfig = {
  poweredByHeader: false,
  images: { unoptimized: true },
  // `pnpm check` does it, with the compiler of the whole repository.
  typescript: { ignoreBuildErrors: true },
  outputFileTracingRoot: root,
  turbopack: { root },
}

export default config
