import { createClient, isProblem, type Problem, type WalletClient, WalletFault } from '@smart-wallet/client';
import type { OpsSession } from '../session/ops-session.js';
import type { Silence } from './silence.js';

/** For what a person waits for: then it is said that nobody answers, and asked again. */
const deadlineMs = 15_000;

/** For an act: longer than it takes a gateway to start again. Its time ends it, not the number of tries. */
export const actPatience = { deadlineMs: 60_000, attemptsMax: 60 } as const;

/** The API, as the person who signed in, and never as whoever does after them: what is still being asked then is not asked again. */
export function openPlatform(session: OpsSession, userId: string, silence: Silence): WalletClient {
  const token = (refused: string | null) => session.tokenOf(userId, refused);
  return createClient({ baseUrl: location.origin, token, deadlineMs, fetch: silence.fetch });
}

/**
 * What a generated operation answers.
 * @throws WalletFault with the platform's problem.
 */
export async function answered<Body>(
  call: Promise<{ data?: Body | undefined; error?: unknown; response?: Response | undefined }>,
): Promise<NonNullable<Body>> {
  const { data, error, response } = await call;
  if (error === undefined && response?.ok) return data as NonNullable<Body>;
  if (error instanceof WalletFault) throw error;
  const problem: Problem | null = isProblem(error) ? error : null;
  const status = response?.status ?? null;
  throw new WalletFault(problem?.detail ?? `the answer ${status} is not the platform\u2019s`, { problem, status });
}

/** In a person's words: what went wrong, and what to do. */
export function faultWords(fault: unknown): string {
  if (!(fault instanceof WalletFault)) return fault instanceof Error ? fault.message : String(fault);
  const { problem, status } = fault;
  if (problem) {
    const fields = problem.errors?.map(({ field, message }) => `${field} ${message}`) ?? [];
    return [problem.detail, ...fields.filter((each) => !problem.detail.includes(each))].join(' ');
  }
  return status === null ? 'The platform does not answer. It is asked again.' : fault.message;
}

/** The answer would be the same again. */
export function isFinal(fault: unknown): boolean {
  const status = fault instanceof WalletFault ? fault.status : null;
  return status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
