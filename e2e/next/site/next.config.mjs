import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The root of the repository, whose `node_modules` the packages of this application are links into. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Not every build has every SDK. @type {{ dependencies: Record<string, string> }} */
const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Everything else is what Next.js does by itself. @type {import('next').NextConfig} */
export default {
  // Types are checked by `pnpm check`.
  typescript: { ignoreBuildErrors: true },
  outputFileTracingRoot: root,
  turbopack: { root },
  env: { SITE_HAS_VENDORS: '@vercel/otel' in dependencies ? 'yes' : 'no' },
  // Logfire's own: it loads what is installed of some forty instrumentations, which no bundler can follow.
  serverExternalPackages: ['@pydantic/logfire-node'],
}
