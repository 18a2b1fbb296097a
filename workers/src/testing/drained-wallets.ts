import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** Writes wallets that paid just now, each as the ledger would stand then. Needs the tables' owner. */
export async function writeDrainedWallets(
  admin: pg.Pool,
): Promise<{ drained: string; inOnePayment: string; onCredit: string; busy: string }> {
  const shop = await wallet(admin, 1_000);
  // 100 that became 5 by 19 payments; by one; and 100 that stayed, as much came as went.
  const drained = await wallet(admin, 5);
  await pay(admin, { from: drained, to: shop, times: 19, amount: 5, left: 5 });
  const inOnePayment = await wallet(admin, 5);
  await pay(admin, { from: inOnePayment, to: shop, times: 1, amount: 95, left: 5 });
  // It uses up 100 of its own and 95 of its credit.
  const onCredit = await wallet(admin, -95, 100);
  await pay(admin, { from: onCredit, to: shop, times: 39, amount: 5, left: -95 });
  const busy = await wallet(admin, 100);
  await pay(admin, { from: busy, to: shop, times: 19, amount: 5, left: 5 });
  await pay(admin, { from: shop, to: busy, times: 19, amount: 5, left: 1_000 });
  return { drained, inOnePayment, onCredit, busy };
}

async function wallet(admin: pg.Pool, balance: number, credit = 0): Promise<string> {
  const walletId = randomUUID();
  await admin.query(
    `INSERT INTO wallets (wallet_id, currency, status, balance, floor, entry_no) VALUES ($1, 'EUR', 'ACTIVE', $2, $3, 100)`,
    [walletId, balance, -credit],
  );
  return walletId;
}

async function pay(
  admin: pg.Pool,
  move: { from: string; to: string; times: number; amount: number; left: number },
): Promise<void> {
  const { from, to, times, amount, left } = move;
  await admin.query(
    `INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
       amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, partition, worker_id, batch_seq,
       initiated_at, processing_at, created_at)
     SELECT id, 'PAYMENT', 'SUCCESS', 'test', id::text, id, $2, $3, $4::numeric, 'EUR', $5::numeric + ($6 - ix) * $4::numeric, ix, 1, ix, 0, id, 1,
            at, at, at FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, ix), clock_timestamp() AS at`,
    [Array.from({ length: times }, () => uuidv7()), from, to, amount, left, times],
  );
}
