import { hash } from 'node:crypto';
import type { LedgerChange, LedgerTransaction } from './ledger-batch.js';

/** What a batch of version 1 is sealed over. */
export function leafText(id: string, t: LedgerTransaction): string {
  const status = t.failure ? 'FAILED' : 'SUCCESS';
  const metadata = t.metadata ? hash('sha256', t.metadata, 'hex') : '';
  return (
    `${id}|${t.kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${t.currency}|${status}|` +
    `${t.failure?.code ?? ''}|${t.keyDigest}|${t.requestHash}|${metadata}`
  );
}

/** What a batch of version 2 or 3 is sealed over: its transactions, then its changes of status and, in version 3, of limits. */
export function leafTexts(
  ids: string[],
  transactions: LedgerTransaction[],
  changes: LedgerChange[],
  { processingAtMs, leafVersion }: { processingAtMs: number; leafVersion: 2 | 3 },
): string[] {
  return [
    ...transactions.map((t, i) =>
      [
        `T|${leafText(ids[i] as string, t)}`,
        t.parentTransactionId ?? '',
        t.partition,
        t.initiatedAtMs,
        processingAtMs,
        t.failure?.reason ?? '',
        ...(leafVersion === 3 ? [t.effectiveAtMs ?? '', t.released ?? '', t.failure ? '' : (t.expiresAtMs ?? '')] : []),
      ].join('|'),
    ),
    ...changes.map(changeText),
  ];
}

function changeText(c: LedgerChange): string {
  const by = JSON.stringify([c.caller, c.reason]);
  if (typeof c.from === 'string')
    return ['C', c.changeId, c.partition, c.walletId, c.from, c.to, c.place, by].join('|');
  const [from, to] = [JSON.stringify(c.from), JSON.stringify(c.to)];
  return ['C', c.changeId, c.partition, c.walletId, from, to, c.place, by, c.refused?.code ?? ''].join('|');
}

/** Leaves `SHA-256(0x00 ‖ text)`, nodes `SHA-256(0x01 ‖ left ‖ right)`; an odd last node moves up as it is. */
export function merkleRoot(texts: string[]): Buffer {
  if (texts.length === 0) return hash('sha256', '', 'buffer');
  let level: Buffer[] = texts.map((text) => hash('sha256', `\0${text}`, 'buffer'));
  const prefix = Buffer.of(1);
  while (level.length > 1) {
    const parents: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Buffer;
      const right = level[i + 1];
      parents.push(right ? hash('sha256', Buffer.concat([prefix, left, right]), 'buffer') : left);
    }
    level = parents;
  }
  return level[0] as Buffer;
}
