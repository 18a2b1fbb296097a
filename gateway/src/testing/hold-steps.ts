import { expect } from 'vitest';
import type { TestCaller } from './test-caller.js';

export const holdBody = (walletId: string, receiverWalletId: string, amount: string) => ({
  walletId,
  receiverWalletId,
  amount,
  currency: 'EUR',
});

/** What tests of holds do again and again, with a key of its own each time. */
export function holdSteps({ post, call, get }: TestCaller) {
  return {
    /** Makes a hold, and says its id. */
    async hold(walletId: string, receiverWalletId: string, amount: string, fields: Record<string, unknown> = {}) {
      const { status, text, body } = await post('/api/holds', {
        ...holdBody(walletId, receiverWalletId, amount),
        ...fields,
      });
      expect(status, text).toBe(201);
      return body.holdId as string;
    },
    capture: (holdId: string, body: Record<string, unknown> = {}, key?: string) =>
      post(`/api/holds/${holdId}/capture`, body, key),
    giveUp: (holdId: string, key?: string) => post(`/api/holds/${holdId}/void`, {}, key),
    setStatus: (walletId: string, status: string) => call('PATCH', `/api/wallets/${walletId}/status`, { status }),
    setLimits: (walletId: string, limits: Record<string, unknown>, key: string = crypto.randomUUID()) =>
      call('PUT', `/api/wallets/${walletId}/limits`, limits, key),
    /** `[balance, held, available]` */
    async money(walletId: string): Promise<[string, string, string]> {
      const { balance, held, available } = await get(`/api/wallets/${walletId}/balance`);
      return [balance, held, available];
    },
  };
}
