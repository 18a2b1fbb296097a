import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import Redlock from 'redlock';

/*
 * The straightforward design to compare with, as a bare Fastify server: Redis idempotency check, Redis lock on the sender,
 * an interactive transaction with SELECT … FOR UPDATE, the balance as SUM over the ledger, two entries, commit, unlock,
 * cache the answer. Everything that is cheaper than the product's gateway (no schema, no problem catalogue, no event)
 * is in its favour.
 */
const lockTtlMs = 10_000;
const answerTtlSeconds = 86_400;
const { DATABASE_URL: databaseUrl = '', REDIS_URL: redisUrl = '', PORT: port = '0' } = process.env;

// Fewer than the HTTP connections, as an ordinary pool has.
const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 });
const redis = new Redis(redisUrl);
const locks = new Redlock([redis], { retryCount: 1_000, retryDelay: 5, retryJitter: 10 });
locks.on('error', () => {});

interface PaymentBody {
  senderWalletId: string;
  receiverWalletId: string;
  amount: string;
  currency: string;
}

const app = Fastify();
app.post<{ Body: PaymentBody }>('/api/payments', async (request, reply) => {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return reply.code(400).send({ code: 'IDEMPOTENCY_KEY_MISSING' });
  const cached = await redis.get(`idempotency:${key}`);
  if (cached !== null) return reply.code(201).type('application/json').send(cached);

  const lock = await locks.acquire([`wallet:lock:${request.body.senderWalletId}`], lockTtlMs);
  try {
    const client = await pool.connect();
    try {
      const payment = await pay(client, key, request.body);
      await redis.set(`idempotency:${key}`, JSON.stringify(payment), 'EX', answerTtlSeconds);
      return reply.code(payment.status === 'SUCCESS' ? 201 : 422).send(payment);
    } finally {
      client.release();
    }
  } finally {
    await lock.release().catch(() => {});
  }
});

async function pay(client: pg.PoolClient, key: string, body: PaymentBody) {
  const { senderWalletId: sender, receiverWalletId: receiver, amount } = body;
  const transactionId = randomUUID();
  await client.query('BEGIN');
  try {
    const wallets = await client.query({
      name: 'lock',
      text: 'SELECT wallet_id, status FROM plan.wallets WHERE wallet_id IN ($1, $2) ORDER BY wallet_id FOR UPDATE',
      values: [sender, receiver],
    });
    if (wallets.rows.length < 2 || wallets.rows.some((wallet) => wallet.status !== 'ACTIVE'))
      throw new Error('WALLET_NOT_ACTIVE');
    const senderBalance = await balanceOf(client, sender);
    if (senderBalance < Number(amount)) throw new Error('INSUFFICIENT_FUNDS');
    await client.query({
      name: 'begin-transaction',
      text: `INSERT INTO plan.transactions (transaction_id, idempotency_key, sender_wallet_id, receiver_wallet_id, amount, status)
             VALUES ($1, $2, $3, $4, $5, 'PROCESSING')`,
      values: [transactionId, key, sender, receiver, amount],
    });
    const receiverBalance = await balanceOf(client, receiver);
    const debited = senderBalance - Number(amount);
    const credited = receiverBalance + Number(amount);
    await insertEntry(client, transactionId, { walletId: sender, type: 'DEBIT', amount, balanceAfter: debited });
    await insertEntry(client, transactionId, { walletId: receiver, type: 'CREDIT', amount, balanceAfter: credited });
    await client.query({
      name: 'end-transaction',
      text: `UPDATE plan.transactions SET status = 'SUCCESS', updated_at = now() WHERE transaction_id = $1`,
      values: [transactionId],
    });
    await client.query('COMMIT');
    return { transactionId, status: 'SUCCESS', ...body };
  } catch (error) {
    await client.query('ROLLBACK');
    return { transactionId, status: 'FAILED', failureCode: String(error) };
  }
}

async function balanceOf(client: pg.PoolClient, walletId: string): Promise<number> {
  const { rows } = await client.query({
    name: 'balance',
    text: `SELECT coalesce(sum(CASE WHEN entry_type = 'CREDIT' THEN amount ELSE -amount END), 0) AS balance
             FROM plan.ledger_entries WHERE wallet_id = $1`,
    values: [walletId],
  });
  return Number(rows[0].balance);
}

interface PlanEntry {
  walletId: string;
  type: 'DEBIT' | 'CREDIT';
  amount: string;
  balanceAfter: number;
}

async function insertEntry(client: pg.PoolClient, transactionId: string, entry: PlanEntry) {
  const { walletId, type, amount, balanceAfter } = entry;
  await client.query({
    name: 'insert-entry',
    text: `INSERT INTO plan.ledger_entries (entry_id, wallet_id, transaction_id, entry_type, amount, balance_after)
           VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [randomUUID(), walletId, transactionId, type, amount, balanceAfter.toFixed(4)],
  });
}

const address = await app.listen({ host: '127.0.0.1', port: Number(port) });
process.send?.({ url: address });
process.once('disconnect', () => process.exit(0));
