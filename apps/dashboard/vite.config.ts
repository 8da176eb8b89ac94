import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';

const platformUrl = process.env['ISOTHERM_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), precompress()],
  build: {
    target: 'es2023',
    cssTarget: 'chrome123',
    // The page is served under `default-src 'self'`: nothing may become a data: URL or an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // 142 KB on the wire: nothing to warn about at every first start.
    chunkSizeWarningLimit: 600,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '^/(isotherm\\.|v1/)': { target: platformUrl },
    },
  },
});
