// Builds the dashboard to static files; in development it proxies the API to a running platform.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@freehold/api': fileURLToPath(new URL('../api/src/index.ts', import.meta.url)) } },
  // No inlined assets: the content security policy allows files of our own origin, no data: URLs for scripts.
  build: { assetsInlineLimit: 0, sourcemap: false, chunkSizeWarningLimit: 1500 },
  server: { proxy: { '/api': 'http://127.0.0.1:8420' } },
});
