/** Builds the widget: one file without imports, for a script tag on any page. It contains its own styles. */
import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [svelte({ emitCss: false, compilerOptions: { css: 'injected', customElement: false } })],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: '../static/widget',
    emptyOutDir: true,
    target: 'es2020',
    lib: {
      entry: resolve(import.meta.dirname, 'src/widget/main.ts'),
      name: 'HubChat',
      formats: ['iife'],
      fileName: () => 'hub-chat.js',
    },
  },
})
