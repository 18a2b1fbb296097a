import { type Outcome, WalletFault } from '@smart-wallet/client';
import { answered } from './platform.js';

/**
 * The outcome of an act that has no key: it says of itself whether it is done, so asking again does no harm.
 * @throws WalletFault for what the caller got wrong.
 */
export async function askOnce<Made>(
  call: Parameters<typeof answered<Made>>[0],
  key: string,
): Promise<Outcome<NonNullable<Made>>> {
  try {
    return { kind: 'DONE', key, value: await answered(call), replayed: false };
  } catch (fault) {
    if (!(fault instanceof WalletFault)) throw fault;
    const { problem, status } = fault;
    if (problem && [404, 409, 422].includes(problem.status)) return { kind: 'REFUSED', key, problem, replayed: false };
    if (status !== null && status < 500) throw fault;
    return { kind: 'UNKNOWN', key, problem, cause: fault };
  }
}
