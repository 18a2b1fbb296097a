import type { Finding, WalletClient } from '@smart-wallet/client';
import { expect, it } from 'vitest';
import { findingWords, readOpenFindings } from './open-findings.js';

const { signal } = new AbortController();
const finding = (findingId: string, walletId: string, status = 'OPEN') =>
  ({ findingId, walletId, status, check: 'BALANCE', what: 'balance', currency: 'EUR' }) as Finding;

/** A platform with these runs, newest first, and with these pages of findings of its run `broken`. */
function platform(statuses: readonly [string, string][], pages: readonly Finding[][] = []) {
  const answer = (data: unknown) => Promise.resolve({ data, response: new Response() });
  const api = {
    listReconciliations: () => answer({ items: statuses.map(([runId, status]) => ({ runId, status })) }),
    getReconciliationReport: ({ query }: { query: { runId: string; cursor?: string } }) => {
      expect(query.runId).toBe('broken');
      const at = Number(query.cursor ?? 0);
      return answer({ findings: pages[at], nextCursor: at + 1 < pages.length ? String(at + 1) : null });
    },
  };
  return { api } as unknown as WalletClient;
}

it('a wallet\u2019s own open findings are found on whichever page of the last report, while the next run is under way', async () => {
  const pages = [[finding('1', 'other'), finding('2', 'mine', 'EXPLAINED')], [finding('3', 'mine')]];
  const runs: [string, string][] = [
    ['running', 'RUNNING'],
    ['failed', 'FAILED'],
    ['broken', 'BREAKS'],
  ];
  const found = await readOpenFindings(platform(runs, pages), 'mine', signal);
  expect([found?.runId, found?.findings.map(({ findingId }) => findingId)]).toEqual(['broken', ['3']]);
  expect(await readOpenFindings(platform(runs, pages), 'nobody', signal)).toBeNull();
});

it('what a later run did not find any more is not told', async () => {
  const runs: [string, string][] = [
    ['clean', 'CLEAN'],
    ['broken', 'BREAKS'],
  ];
  expect(await readOpenFindings(platform(runs), 'mine', signal)).toBeNull();
});

it('a finding is named with what is and what should be', () => {
  const broken = { ...finding('1', 'mine'), expected: '100.00', found: '87.50' };
  expect(findingWords(broken)).toBe('Balance, balance: 87.50 EUR, and should be 100.00 EUR');
  expect(findingWords({ ...broken, currency: null, expected: null })).toBe(
    'Balance, balance: 87.50, and should be nothing',
  );
});
