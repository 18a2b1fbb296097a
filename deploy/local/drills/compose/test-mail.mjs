// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, post } from './first-token.mjs';

const RECIPIENT = 'ops@wallet.test';
/** The workers look for what was asked for every twenty seconds. */
const ARRIVES_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 500;

/**
 * Has a test mail sent to somebody, and looks for it in the inbox: what alerts and digests come by.
 * @param {{ url: string, inbox: string, token: string }} options `token`: an admin's
 * @returns {Promise<string[]>} what is wrong
 */
export async function testMail({ url, inbox, token }) {
  const config = { threshold: 5_000, windowMinutes: 5, severity: 'WARNING', cooldownMinutes: 30, enabled: true };
  const body = { alertType: 'LATENCY', ...config, recipients: [RECIPIENT] };
  expectStatus(await post(url, '/api/alerts/config', body, token), 200);
  expectStatus(await post(url, '/api/alerts/config/LATENCY/test', undefined, token), 202);
  for (const until = performance.now() + ARRIVES_TIMEOUT_MS; performance.now() < until; await sleep(LOOK_EVERY_MS)) {
    const answer = await fetch(`${inbox}/api/messages`, { signal: AbortSignal.timeout(10_000) });
    const { items } = /** @type {{ items: object[] }} */ (await answer.json());
    if (items.some((each) => JSON.stringify(each).includes(RECIPIENT))) return [];
  }
  return [`a test mail is not in the inbox ${ARRIVES_TIMEOUT_MS / 1_000} s after it was asked for`];
}
