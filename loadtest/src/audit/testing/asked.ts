import { randomUUID } from 'node:crypto';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { atomicRequestHash, requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { LedgerChange, LedgerTransaction } from '../../ledger/ledger-batch.js';

/** A transfer in EUR as a gateway asks for it, and what is said otherwise. */
export function transfer(
  kind: TransactionKind,
  senderWalletId: string,
  receiverWalletId: string,
  amount: bigint,
  more: Partial<LedgerTransaction> = {},
): LedgerTransaction {
  const idempotencyKey = more.idempotencyKey ?? randomUUID();
  return {
    transactionId: uuidv7(),
    kind,
    caller: 'tests',
    idempotencyKey,
    keyDigest: keyDigest('tests', idempotencyKey),
    requestHash: requestHash(request(kind, senderWalletId, receiverWalletId, amount, more)),
    senderWalletId,
    receiverWalletId,
    amount,
    currency: 'EUR',
    partition: partitionOf(kind === 'DEPOSIT' ? receiverWalletId : senderWalletId, 64),
    initiatedAtMs: Date.now(),
    ...more,
  };
}

export function change(walletId: string, from: string, to: string, place = 0): LedgerChange {
  const key = randomUUID();
  const partition = partitionOf(walletId, 64);
  const ofRequest = keyDigest('request', key);
  const reason = 'asked "for"';
  return {
    changeId: uuidv7(),
    caller: 'tests',
    keyDigest: keyDigest('tests', key),
    requestHash: ofRequest,
    partition,
    walletId,
    from,
    to,
    reason,
    place,
  };
}

export function atomicBatch(key: string, payments: [string, string, bigint][]): LedgerTransaction[] {
  const hash = atomicRequestHash(
    payments.map(([sender, receiver, amount]) => request('PAYMENT', sender, receiver, amount, {})),
  );
  return payments.map(([sender, receiver, amount], i) =>
    transfer('PAYMENT', sender, receiver, amount, { idempotencyKey: key, place: i, requestHash: hash }),
  );
}

function request(
  kind: TransactionKind,
  sender: string,
  receiver: string,
  amount: bigint,
  more: Partial<LedgerTransaction>,
): TransferTerms {
  return {
    kind,
    senderWalletId: kind === 'DEPOSIT' ? null : sender,
    receiverWalletId: kind === 'WITHDRAWAL' ? null : receiver,
    amount: amount.toString(),
    currency: 'EUR',
    reference: more.reference ?? null,
    description: more.description ?? null,
    metadata: more.metadata ?? null,
    ...(more.parentTransactionId ? { parentTransactionId: more.parentTransactionId } : {}),
    ...(more.effectiveAtMs === undefined ? {} : { effectiveAtMs: more.effectiveAtMs }),
  };
}

export async function fundingWallet(client: pg.Client, partition: number): Promise<string> {
  let id = randomUUID() as string;
  while (partitionOf(id, 64) !== partition) id = randomUUID();
  const { rows } = await client.query(`SELECT ensure_funding_wallet($1, 'EUR', $2::smallint) AS id`, [id, partition]);
  return rows[0].id;
}
