import { setTimeout as sleep } from 'node:timers/promises';
import { payment } from '@smart-wallet/gateway/testing/test-caller.js';
import type { TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';

/** Callers who do everything that moves money, as fast as they are answered, or with pauses of up to twice `pauseMs`. */
export async function trafficOf(api: TestPlatform, callers = 12, pauseMs = 0): Promise<{ stop(): Promise<number> }> {
  const wallets = await Promise.all(Array.from({ length: 20 }, () => api.funded('10000')));
  let going = true;
  let moved = 0;
  const pick = () => wallets[Math.floor(Math.random() * wallets.length)] as string;
  const caller = async () => {
    while (going) {
      const from = pick();
      // One gets a part of everything.
      const to = Math.random() < 0.3 ? (wallets[0] as string) : pick();
      if (from === to) continue;
      await steps[Math.floor(Math.random() * steps.length)]?.(from, to);
      moved += 1;
      if (pauseMs > 0) await sleep(Math.random() * 2 * pauseMs);
    }
  };
  const money = { amount: '2.50', currency: 'EUR' };
  const hold = async (from: string, to: string) =>
    (await api.post('/api/holds', { walletId: from, receiverWalletId: to, ...money })).body.holdId as string;
  const steps: ((from: string, to: string) => Promise<unknown>)[] = [
    (from, to) => api.post('/api/payments', payment(from, to, '1.25')),
    (from, to) =>
      api.call('POST', '/api/payments/batch', {
        payments: Array.from({ length: 20 }, () => ({
          ...payment(from, to, '0.10'),
          idempotencyKey: crypto.randomUUID(),
        })),
      }),
    (from, to) =>
      api.post('/api/payments/batch', { atomic: true, payments: [payment(from, to, '3'), payment(to, from, '1')] }),
    async (from, to) => {
      const { body } = await api.post('/api/payments', payment(from, to, '4'));
      await api.post(`/api/payments/${body.transactionId}/refunds`, { amount: '1.50' });
      await api.post(`/api/transactions/${body.transactionId}/reversal`, { reason: 'test' });
    },
    (from) => api.post(`/api/wallets/${from}/deposits`, money),
    (from) => api.post(`/api/wallets/${from}/withdrawals`, money),
    async (from, to) => api.post(`/api/holds/${await hold(from, to)}/capture`, { amount: '1', final: true }),
    async (from, to) => {
      const id = await hold(from, to);
      await api.post(`/api/holds/${id}/capture`, { amount: '1' });
      await api.post(`/api/holds/${id}/void`, {});
    },
    (from, to) => hold(from, to),
    (from, to) => api.post('/api/payments', payment(from, to, '100000000')),
    (from) => api.post(`/api/wallets/${from}/limits`, {}).catch(() => {}),
  ];
  const working = Promise.all(Array.from({ length: callers }, caller));
  return {
    async stop() {
      going = false;
      await working;
      return moved;
    },
  };
}
