import type { SignedInUser, WalletClient } from '@smart-wallet/client';
import { createContext, useContext } from 'react';
import type { OpsSession } from '../session/ops-session.js';
import type { Silence } from './silence.js';

export interface Signed {
  readonly platform: WalletClient;
  readonly session: OpsSession;
  readonly silence: Silence;
  readonly user: SignedInUser;
}

export const SignedContext = createContext<Signed | null>(null);

/** Who signed in, and the API as they may use it. */
export function useSigned(): Signed {
  const signed = useContext(SignedContext);
  if (!signed) throw new Error('this page is for those who signed in');
  return signed;
}
