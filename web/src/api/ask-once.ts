import { type Outcome, WalletFault } from '@smart-wallet/client';
import { SessionEnded } from '../session/ops-session.js';
import { answered } from './platform.js';

type Call<Made> = Parameters<typeof answered<Made>>[0];

/**
 * The outcome of an act that has no key, which is sent once: so the platform's word that it did nothing is the last one.
 * @param key names it here alone
 * @throws WalletFault for what the caller got wrong, SessionEnded: nothing was sent
 */
export async function askOnce<Made>(call: Call<Made>, key: string): Promise<Outcome<NonNullable<Made>>> {
  const outcome = await askRepeated(call, key);
  const saysNothingDone = outcome.kind === 'UNKNOWN' && outcome.problem?.status === 503;
  return saysNothingDone ? { ...outcome, kind: 'NOT_DONE' } : outcome;
}

/** The same of what may have been sent several times, under a key: a refusal speaks of the last time. @throws as above */
export async function askRepeated<Made>(call: Call<Made>, key: string): Promise<Outcome<NonNullable<Made>>> {
  try {
    return { kind: 'DONE', key, value: await answered(call), replayed: false };
  } catch (fault) {
    if (!(fault instanceof WalletFault)) throw fault;
    const { problem, status, cause } = fault;
    if (cause instanceof SessionEnded) throw cause;
    if (problem && [404, 409, 422].includes(problem.status)) return { kind: 'REFUSED', key, problem, replayed: false };
    if (status !== null && status < 500) throw fault;
    return { kind: 'UNKNOWN', key, problem, cause: fault };
  }
}
