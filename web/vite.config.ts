import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const stackFile = fileURLToPath(new URL('../.local/stack.json', import.meta.url));

export default defineConfig(({ command, isPreview }) => ({
  plugins: [react()],
  build: { target: 'es2024', chunkSizeWarningLimit: 800 },
  server: command === 'serve' && !isPreview ? { proxy: gatewayProxy(runningGateway()) } : {},
}));

/** The page is served here, all it asks for comes from the platform that runs. */
function gatewayProxy(target: string) {
  return { '/api': { target }, '/live': { target, ws: true } };
}

function runningGateway(): string {
  try {
    const { gatewayUrl } = JSON.parse(readFileSync(stackFile, 'utf8')) as { gatewayUrl: string };
    return gatewayUrl;
  } catch {
    throw new Error(
      'The platform is not running: start it with `npm start` in the project folder, then run this again.',
    );
  }
}
