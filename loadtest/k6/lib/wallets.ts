import http from 'k6/http';
import { headers, meanMinor, money } from './ask.ts';
import { currency, pairs, url } from './settings.ts';

/** Payers and payees of a run, made by its `setup`. All of the payees' entries are the run's. */
export interface Wallets {
  readonly payers: readonly string[];
  readonly payees: readonly string[];
  /** What each payer began with, in minor units. */
  readonly funded: number;
}

const AT_ONCE = 50;

/** @param payments that the run makes, at most */
export function makeWallets(payments: number): Wallets {
  // Twice what a payer spends: a spike or a retry must not find it empty, and the day's figures shall not drown in it.
  const funded = Math.ceil((payments * meanMinor * 2) / pairs) + 100_000;
  const made = postEach(
    Array.from({ length: pairs * 2 }, () => ['/api/wallets', { currency, status: 'ACTIVE' }] as const),
  ).map(({ walletId }) => walletId as string);
  const payers = made.slice(0, pairs);
  postEach(payers.map((walletId) => [`/api/wallets/${walletId}/deposits`, money(funded), `sla-${walletId}`] as const));
  return { payers, payees: made.slice(pairs), funded };
}

function postEach(calls: readonly (readonly [path: string, body: object, key?: string])[]): Record<string, unknown>[] {
  const answers: Record<string, unknown>[] = [];
  for (let at = 0; at < calls.length; at += AT_ONCE) {
    const some = calls.slice(at, at + AT_ONCE);
    const sent = http.batch(
      some.map(([path, body, key]) => ({
        method: 'POST',
        url: `${url}${path}`,
        body: JSON.stringify(body),
        params: { headers: key ? { ...headers, 'idempotency-key': key } : headers },
      })),
    );
    for (const [i, answer] of sent.entries()) {
      if (answer.status !== 201)
        throw new Error(
          `POST ${some[i]?.[0]} answered ${answer.status || answer.error}: ${answer.body ?? 'nothing'}. ` +
            'The run needs a token that may make wallets, deposit and pay without approval: a service token.',
        );
      answers.push(answer.json() as Record<string, unknown>);
    }
  }
  return answers;
}
