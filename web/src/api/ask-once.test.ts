import { WalletFault } from '@smart-wallet/client';
import { expect, it } from 'vitest';
import { SessionEnded } from '../session/ops-session.js';
import { askOnce, askRepeated } from './ask-once.js';

const problem = (status: number, code: string) => ({ type: '', title: '', detail: 'said', traceId: '', status, code });
const answer = (status: number, code: string) =>
  Promise.resolve({ error: problem(status, code), response: { ok: false, status } as Response });
const lost = (cause?: unknown) => Promise.resolve({ error: new WalletFault('no answer', { cause }) });

it('what was sent once and refused by a platform that did nothing is not done', async () => {
  expect(await askOnce(answer(503, 'OVERLOADED'), 'k')).toMatchObject({ kind: 'NOT_DONE' });
  // Of what was sent several times that speaks of the last time alone.
  expect(await askRepeated(answer(503, 'OVERLOADED'), 'k')).toMatchObject({ kind: 'UNKNOWN' });
});

it('what nobody answered may be done, and what was never sent is not', async () => {
  expect(await askOnce(lost(), 'k')).toMatchObject({ kind: 'UNKNOWN' });
  expect(await askOnce(answer(504, 'OUTCOME_UNKNOWN'), 'k')).toMatchObject({ kind: 'UNKNOWN' });
  await expect(askOnce(lost(new SessionEnded()), 'k')).rejects.toThrow(SessionEnded);
});

it('a rule is a refusal, and a mistake is the caller\u2019s', async () => {
  expect(await askOnce(answer(409, 'RUN_UNDER_WAY'), 'k')).toMatchObject({ kind: 'REFUSED' });
  await expect(askOnce(answer(400, 'VALIDATION_FAILED'), 'k')).rejects.toThrow(WalletFault);
});
