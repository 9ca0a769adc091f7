import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'vite'

/** Where `pnpm dev` finds a running server for everything under /v1. */
const developmentServer = process.env['SPAN_ARTIFACTS_ENDPOINT'] ?? 'http://127.0.0.1:4319'

const configuration: UserConfig = defineConfig({
  plugins: [react()],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The page's content security policy has neither data: addresses nor inline scripts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: developmentServer } } },
})

export default configuration
