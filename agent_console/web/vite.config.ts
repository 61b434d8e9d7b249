/** Builds the pages: one html page per entry, into ../static with hashed assets. */
import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const PAGES = ['desk', 'wallboard', 'sandbox', 'set-aside', 'audit', 'recordings', 'people', 'customers', 'segments', 'scripts', 'practice', 'tiers', 'lifecycle', 'import', 'sign-in']
const HUB = process.env.HUB_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: URLs
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: Object.fromEntries(PAGES.map((page) => [page, resolve(import.meta.dirname, `${page}.html`)])),
    },
  },
  server: {
    proxy: {
      '/api': HUB,
      '/media': HUB,
      '/widget': HUB,
      '/socket.io': { target: HUB, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    isolate: false,
    pool: 'threads',
    setupFiles: ['src/shared/test-setup.ts'],
    unstubGlobals: true,
  },
})
