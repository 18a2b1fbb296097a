import { hash } from 'node:crypto';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import type { Proposal } from './proposal.js';

/** Binds a decision to what was shown: SHA-256 over the canonical JSON of [action, subject, payload, state]. */
export function payloadHash({
  action,
  subject,
  payload,
  state,
}: Pick<Proposal, 'action' | 'subject' | 'payload' | 'state'>): string {
  return hash('sha256', canonicalJson([action, subject, payload, state]), 'hex');
}
