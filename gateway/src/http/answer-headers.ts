/** For a year; of this host alone: what else its domain serves is not known here. */
const strictTransport = 'max-age=31536000';

/**
 * On every answer. Nothing that a caller was told is kept by a browser or by what stands in between, and no answer is taken for
 * another type than it says; the pages say otherwise for themselves. Browsers keep to https once they came by it: `publicUrl` says
 * so.
 */
export function answerHeaders(publicUrl: string | null): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(publicUrl?.startsWith('https:') ? { 'strict-transport-security': strictTransport } : {}),
  };
}
