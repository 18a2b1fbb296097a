import type { SignedInUser } from '@smart-wallet/client';

/** Those who act: the description of the API declares it for each operation. Everybody who signs in may read. */
export function mayAct({ role }: SignedInUser): boolean {
  return role === 'operator' || role === 'admin';
}

/** Those who configure: webhooks, users, tokens. */
export function mayConfigure({ role }: SignedInUser): boolean {
  return role === 'admin';
}
