import { durationText } from '../../figures/format.js';

interface Attempt {
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

/** What an endpoint answered: `answered 503 after 41 ms`. */
export function attemptWords(attempt: Attempt | undefined): string {
  if (!attempt) return 'not tried yet';
  const { status, durationMs, error } = attempt;
  const said = status === null ? 'no answer' : `answered ${status}`;
  return `${said} after ${durationText(durationMs)}${error ? `: ${error}` : ''}`;
}
