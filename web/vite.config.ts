import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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
  const url = process.env.GATEWAY_URL;
  if (!url)
    throw new Error('GATEWAY_URL is not set: `npm run dev` in the project folder finds the platform that runs.');
  return url;
}
