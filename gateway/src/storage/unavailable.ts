const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);

/** Whether an error of `pg` says that Postgres is away, starting, stopping, full, too slow or a standby: not a fault of ours. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    // 08 connection, 53 out of resources, 57 stopping, starting or statement time-out, 25P04 transaction time-out, 25006 no primary
    return networkCodes.has(code) || /^(08|53|57|25P04|25006)/.test(code);
  }
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/.test(
    error.message,
  );
}
