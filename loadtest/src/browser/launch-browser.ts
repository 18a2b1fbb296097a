import { provideChromium } from '@smart-wallet/local-stack/chromium.mjs';
import { type Browser, chromium } from 'playwright-core';

/** A real Chromium: the one `npm test` found, else any on this machine, else installed. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.TEST_CHROMIUM || (await provideChromium());
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
