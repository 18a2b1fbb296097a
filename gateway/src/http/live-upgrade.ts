import type { IncomingMessage } from 'node:http';
import { livePath } from '@smart-wallet/engine/contract/live.js';
import { originForm } from './request-target.js';

/** Whether a request to upgrade is for the live stream. Everything else is plain HTTP, whatever it says. */
export function isLiveUpgrade(request: IncomingMessage): boolean {
  return originForm(request).startsWith(`${livePath}/`);
}
