import { hash } from 'node:crypto';
import type { AtomicPlace } from './atomic-places.js';
import { canonicalJson, tenThousandths } from './canonical.js';
import type { Findings } from './report.js';
import type { SealedTransaction } from './sealed-texts.js';

/** A transaction with all that its caller asked for. */
export interface RequestedTransaction extends SealedTransaction {
  reference: string | null;
  description: string | null;
  created_ms: string;
}

/** How long a hold lives whose caller says nothing of it, from its decision on; and how long that may be before its commit. */
const holdLivesMs = 7 * 86_400_000;
const undecidedMaxMs = 60_000;
/** Who asks for expiries, which no caller can name, and with which keys. */
const platformCaller = '\u0001platform';

/**
 * A payment carries the hash of its own request; the payments of an atomic batch (listed by it, or with keys `key#0` to `key#n`)
 * carry the hash of all their requests together, and are always committed in one batch.
 */
export function checkRequestHashes(
  batchName: string,
  transactions: RequestedTransaction[],
  places: Map<string, AtomicPlace>,
  findings: Findings,
): void {
  const atomic = new Map<string, { item: number; transaction: RequestedTransaction; text: string }[]>();
  for (const transaction of transactions) {
    const texts = possibleRequests(transaction);
    if (texts === null) continue;
    const [text = ''] = texts;
    const at = places.get(transaction.transaction_id);
    if (!at && texts.some((each) => shortHash(each) === transaction.request_hash)) continue;
    const item = at
      ? ['', at.batch.idempotency_key, at.place]
      : /^(.*)#(0|[1-9]\d*)$/s.exec(transaction.idempotency_key);
    if (!item) {
      findings.found(
        'request-hashes',
        `transaction ${transaction.transaction_id} of ${batchName} has another request's hash`,
      );
      continue;
    }
    const group = `${transaction.caller}\0${item[1]}`;
    const items = atomic.get(group) ?? [];
    items.push({ item: Number(item[2]), transaction, text });
    atomic.set(group, items);
  }
  for (const items of atomic.values()) {
    items.sort((a, b) => a.item - b.item);
    const together = shortHash(`[${items.map(({ text }) => text).join(',')}]`);
    const whole = items.every(({ item, transaction }, i) => item === i && transaction.request_hash === together);
    if (!whole) {
      const ids = items.slice(0, 3).map(({ transaction }) => transaction.transaction_id);
      findings.found(
        'request-hashes',
        `${items.length} transactions of ${batchName} (${ids.join(', ')}, …) have neither their own request's hash nor that of one atomic batch`,
        items.length,
      );
    }
  }
}

/** What was asked for, in each way that leaves behind what is recorded. null: the row does not say it. */
function possibleRequests(t: RequestedTransaction): string[] | null {
  const { kind, parent_transaction_id: parent, description } = t;
  const amount = tenThousandths(t.amount);
  switch (kind) {
    case 'PAYMENT':
    case 'DEPOSIT':
    case 'WITHDRAWAL':
      return [requestText(t)];
    case 'HOLD': {
      // Of a refused one nobody kept when it was to end.
      if (t.expires_ms === null) return null;
      const expires = Number(t.expires_ms);
      const lives = Math.abs(expires - holdLivesMs - Number(t.created_ms));
      const ends = lives <= undecidedMaxMs ? [expires, null] : [expires];
      return ends.map((end) => JSON.stringify([requestText(t), end]));
    }
    case 'CAPTURE': {
      // What gives something back was final, and took less than all.
      const gaveBack = t.released !== null && tenThousandths(t.released) !== '0';
      const amounts = gaveBack ? [amount] : [amount, null];
      const finals = gaveBack ? [true] : [false, true];
      return amounts.flatMap((asked) => finals.map((final) => JSON.stringify([kind, parent, asked, final])));
    }
    case 'VOID':
      return [JSON.stringify([kind, parent])];
    case 'EXPIRY':
      return t.caller === platformCaller && t.idempotency_key === `expiry ${parent}`
        ? [JSON.stringify([kind, parent])]
        : [];
    case 'REFUND':
      return [amount, null].map((asked) => JSON.stringify([kind, parent, asked, description]));
    case 'REVERSAL':
      return [JSON.stringify([kind, parent, description])];
    default:
      // An unknown kind is a finding of its own.
      return null;
  }
}

/** What came later than the first fields is there only when it was said. */
function requestText(t: RequestedTransaction): string {
  return JSON.stringify([
    t.kind,
    t.kind === 'DEPOSIT' ? null : t.sender_wallet_id,
    t.kind === 'WITHDRAWAL' ? null : t.receiver_wallet_id,
    tenThousandths(t.amount),
    t.currency,
    t.reference,
    t.description,
    t.metadata === null ? null : canonicalJson(JSON.parse(t.metadata)),
    ...(t.parent_transaction_id === null ? [] : [['parentTransactionId', t.parent_transaction_id]]),
    ...(t.effective_ms === null ? [] : [['effectiveAt', Number(t.effective_ms)]]),
  ]);
}

/** The first 16 bytes, in the form Postgres prints a uuid. */
function shortHash(text: string): string {
  const hex = hash('sha256', text, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
