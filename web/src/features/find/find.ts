import type { WalletClient } from '@smart-wallet/client';
import { answered } from '../../api/platform.js';

export interface Found {
  readonly what: string;
  readonly id: string;
  readonly to: '/transactions/$id' | '/wallets/$id' | '/holds/$id' | '/alerts/$id' | '/approvals/$id';
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const foundMax = 10;

/** Whatever has this id, reference or idempotency key. */
export async function find({ api }: WalletClient, typed: string, signal: AbortSignal): Promise<Found[]> {
  const text = typed.trim();
  if (text === '') return [];
  if (uuid.test(text)) return findById({ api } as WalletClient, text.toLowerCase(), signal);
  const [byReference, byKey] = await Promise.all([
    answered(api.listTransactions({ query: { reference: text, limit: foundMax }, signal })),
    answered(api.listTransactions({ query: { idempotencyKey: text, limit: foundMax }, signal })).catch(() => ({
      items: [],
    })),
  ]);
  const transactions = new Map([...byKey.items, ...byReference.items].map((each) => [each.transactionId, each]));
  return [...transactions.values()].map(({ transactionId: id, kind, amount, currency }) => ({
    ...{ what: `${kind.toLowerCase()} of ${amount} ${currency}`, id, to: '/transactions/$id' },
  }));
}

async function findById({ api }: WalletClient, id: string, signal: AbortSignal): Promise<Found[]> {
  const call = { path: { id }, signal };
  const places: [what: string, to: Found['to'], read: Promise<unknown>][] = [
    ['wallet', '/wallets/$id', answered(api.getWallet(call))],
    ['hold', '/holds/$id', answered(api.getHold(call))],
    ['transaction', '/transactions/$id', answered(api.getTransaction(call))],
    ['alert', '/alerts/$id', answered(api.getAlert(call))],
    ['approval', '/approvals/$id', answered(api.getApproval(call))],
  ];
  const read = await Promise.allSettled(places.map(([, , answer]) => answer));
  return places.flatMap(([what, to], index) => (read[index]?.status === 'fulfilled' ? [{ what, id, to }] : []));
}
