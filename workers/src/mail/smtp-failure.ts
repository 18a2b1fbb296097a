/** What an attempt's failure says of the mail. `UNCLEAR`: perhaps nothing, the server may be away. */
export type Failure = 'NEVER' | 'LATER' | 'UNCLEAR';

/** As nodemailer throws it. */
interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

/** "Authenticate first", "your credentials are wrong", "not now, in this order": of the session, not of the mail. */
const ofTheSession: readonly unknown[] = [503, 530, 534, 535, 538];
/** The server leaves. */
const closing = 421;

export function failureOf(error: unknown): Failure {
  const { code, responseCode } = (error ?? {}) as SmtpError;
  // Whatever comes before the mail itself, as signing in, says nothing of it.
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return 'UNCLEAR';
  // Not sent at all: it is too large for this server, or no envelope can be made of it.
  if (typeof responseCode !== 'number') return 'NEVER';
  if (responseCode === closing) return 'UNCLEAR';
  return responseCode >= 500 && !ofTheSession.includes(responseCode) ? 'NEVER' : 'LATER';
}

export const errorCharsMax = 1_000;

/** One line to read, of what may be the server's own words. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
  const line = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line.slice(0, errorCharsMax).toWellFormed() || 'no reason given';
}
