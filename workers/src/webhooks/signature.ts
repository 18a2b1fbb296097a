import { createHmac } from 'node:crypto';

const secretPrefix = 'whsec_';

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** The headers of Standard Webhooks, with a signature of every secret: who verifies needs one that fits. */
export function signedHeaders(
  { eventId, payload, atMs }: { eventId: string; payload: string; atMs: number },
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${eventId}.${timestamp}.${payload}`).digest('base64')}`;
  });
  return { 'webhook-id': eventId, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
