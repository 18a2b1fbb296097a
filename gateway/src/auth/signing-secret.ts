import { createHmac } from 'node:crypto';

/**
 * What everything that is minted here is signed with. Without a secret of its own, one is derived from the development token; there
 * is one of both.
 */
export function signingSecret(developmentToken: string | null, secret: string | null): Uint8Array {
  if (secret !== null) return new TextEncoder().encode(secret);
  if (developmentToken !== null) return createHmac('sha256', developmentToken).update('display tokens').digest();
  throw new Error('without a development token there must be a secret to sign tokens with');
}
