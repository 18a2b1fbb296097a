import { ProblemError } from '../http/problem.js';

export function walletNotFound(walletId: string): ProblemError {
  return new ProblemError({ code: 'WALLET_NOT_FOUND', detail: `There is no wallet ${walletId}.` });
}
