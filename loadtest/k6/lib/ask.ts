import { check, sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { currency, settleS, token, url } from './settings.ts';

export type Answer = RefinedResponse<'text'>;

/** As often as a call under load is made, when nobody knows what became of it. After that it is asked again to know, and counts no more. */
const ATTEMPTS = 5;
const SETTLE_EVERY_S = 2;
const TIMEOUT = '30s';

export const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

export function get(path: string, name: string): Answer {
  const answer = http.get(`${url}${path}`, {
    headers,
    timeout: TIMEOUT,
    tags: { load: 'yes', name },
    responseType: 'text',
  });
  check(answer, { [`${name} is answered`]: ({ status }) => status === 200 });
  return answer;
}

/**
 * Asks under one key until the answer is one that lasts. The first few tries count in the SLA.
 * @returns the answer; null when it stayed unknown whether it was done
 */
export function post(path: string, body: object, key: string | null, name: string): Answer | null {
  const until = Date.now() + settleS * 1_000;
  for (let attempt = 1; attempt <= ATTEMPTS || Date.now() < until; attempt += 1) {
    const isLoad = attempt <= ATTEMPTS;
    const answer = http.post(`${url}${path}`, JSON.stringify(body), {
      headers: key === null ? headers : { ...headers, 'idempotency-key': key },
      ...{ timeout: TIMEOUT, tags: { load: isLoad ? 'yes' : 'no', name }, responseType: 'text' as const },
    });
    // Broken off, too many, not reached, or reached and not told: none of them is an answer of the ledger.
    const isUnknown = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!isUnknown) {
      check(answer, { [`${name} is answered`]: ({ status }) => status < 300 });
      return answer;
    }
    sleep(isLoad ? 0.2 * 2 ** attempt : SETTLE_EVERY_S);
  }
  check(null, { [`${name} is answered`]: () => false });
  return null;
}

/** `12.34` of 1234. */
export function decimalOf(minor: number): string {
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

/** 1234 of `12.34`, `-1234` of `-12.34`. */
export function minorOf(amount: string): number {
  const [, sign = '', whole = '0', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  return Number(`${sign}${whole}${part.padEnd(2, '0')}`);
}

const amountsMax = 500;
/** Of many movements. */
export const meanMinor = amountsMax / 2;

/** Of a movement: from 0.01 to 5.00, so that two that are mixed up show. */
export function amountOf(iteration: number): number {
  return 1 + (iteration % amountsMax);
}

export function money(minor: number): { amount: string; currency: string } {
  return { amount: decimalOf(minor), currency };
}
