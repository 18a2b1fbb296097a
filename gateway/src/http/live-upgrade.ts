import { livePath } from '@smart-wallet/engine/contract/live.js';

/** Whether a request to upgrade is for the live stream. Everything else is plain HTTP, whatever it says. */
export function isLiveUpgrade(request: { url?: string | undefined }): boolean {
  return request.url?.startsWith(`${livePath}/`) ?? false;
}
