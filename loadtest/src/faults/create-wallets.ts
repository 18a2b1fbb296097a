import { randomUUID } from 'node:crypto';

/** Makes ACTIVE wallets in EUR with money, through the API. */
export async function createWallets(
  gatewayUrl: string,
  token: string,
  count: number,
  amount: string,
): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (path: string, body: object) => {
    const response = await fetch(`${gatewayUrl}${path}`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
    if (response.status !== 201) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { walletId: string };
  };
  const make = async () => {
    const { walletId } = await post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
    await post(`/api/wallets/${walletId}/deposits`, { amount, currency: 'EUR' });
    return walletId;
  };
  return Promise.all(Array.from({ length: count }, make));
}
