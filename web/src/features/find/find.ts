import { type WalletClient, WalletFault } from '@smart-wallet/client';
import { answered } from '../../api/platform.js';

/** Where a search may end. */
export const pagesFound = ['/transactions/$id', '/wallets/$id', '/holds/$id', '/alerts/$id', '/approvals/$id'] as const;

export interface Found {
  readonly what: string;
  readonly id: string;
  readonly to: (typeof pagesFound)[number];
  /** What its page reads first, where it was read to find it: `what` and the id are the key of that query. */
  readonly read?: unknown;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const foundMax = 10;
/** Longer ones there are none. */
const referenceCharsMax = 140;
const visibleAscii = /^[!-~]{1,255}$/;

/**
 * Whatever has this id, reference or idempotency key; keys are looked up as the API does, of the caller alone.
 * @throws WalletFault when a place cannot be looked at: nothing found is said only where all were.
 */
export async function find({ api }: WalletClient, typed: string, signal: AbortSignal): Promise<Found[]> {
  const text = typed.trim();
  if (text === '') return [];
  const listed = (query: { reference: string } | { idempotencyKey: string }) =>
    answered(api.listTransactions({ query: { ...query, limit: foundMax }, signal }));
  const [byId, byReference, byKey] = await Promise.all([
    uuid.test(text) ? findById({ api }, text.toLowerCase(), signal) : [],
    text.length > referenceCharsMax ? { items: [] } : listed({ reference: text }),
    visibleAscii.test(text) ? listed({ idempotencyKey: text }) : { items: [] },
  ]);
  const transactions = new Map([...byKey.items, ...byReference.items].map((each) => [each.transactionId, each]));
  return [
    ...byId,
    ...[...transactions.values()].map(({ transactionId: id, kind, amount, currency }): Found => {
      return { what: `${kind.toLowerCase()} of ${amount} ${currency}`, id, to: '/transactions/$id' };
    }),
  ];
}

async function findById({ api }: Pick<WalletClient, 'api'>, id: string, signal: AbortSignal): Promise<Found[]> {
  const call = { path: { id }, signal };
  const places: [what: string, to: Found['to'], read: Promise<unknown>][] = [
    ['wallet', '/wallets/$id', answered(api.getWallet(call))],
    ['hold', '/holds/$id', answered(api.getHold(call))],
    ['transaction', '/transactions/$id', answered(api.getTransaction(call))],
    ['alert', '/alerts/$id', answered(api.getAlert(call))],
    ['approval', '/approvals/$id', answered(api.getApproval(call))],
  ];
  const all = await Promise.all(places.map(([, , read]) => read.catch(unlessAbsent)));
  return places.flatMap(([what, to], index) => (all[index] ? [{ what, id, to, read: all[index] }] : []));
}

function unlessAbsent(fault: unknown): null {
  if (fault instanceof WalletFault && fault.status === 404) return null;
  throw fault;
}
