import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

export default defineConfig(({ command, isPreview }) => ({
  plugins: [react(), gzipped()],
  build: {
    target: 'es2024',
    chunkSizeWarningLimit: 800,
    rolldownOptions: { input: ['index.html', 'console.html'].map(beside) },
  },
  server: command === 'serve' && !isPreview ? { proxy: gatewayProxy(runningGateway()) } : {},
}));

function beside(name: string): string {
  return join(import.meta.dirname, name);
}

/** The page is served here, all it asks for comes from the platform that runs. */
function gatewayProxy(target: string) {
  return { '/api': { target }, '/live': { target, ws: true } };
}

function runningGateway(): string {
  const url = process.env.GATEWAY_URL;
  if (!url)
    throw new Error('GATEWAY_URL is not set: `npm run dev` in the project folder finds the platform that runs.');
  return url;
}

/** Compressed once, here: the gateway has payments to do. Fonts are compressed already. */
function gzipped(): Plugin {
  return {
    name: 'gzipped',
    apply: 'build',
    writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets');
      for (const name of readdirSync(assets).filter((each) => /\.(js|css)$/.test(each))) {
        const path = join(assets, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
