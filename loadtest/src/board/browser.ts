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

/** A token that may only look. */
export async function displayToken(gatewayUrl: string, token: string, ttlSeconds?: number): Promise<string> {
  const response = await fetch(`${gatewayUrl}/api/auth/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'display', ttlSeconds }),
  });
  if (response.status !== 201) throw new Error(`no display token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}
