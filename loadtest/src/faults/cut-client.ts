import { createClient, formatAmount, type Outcome, parseAmount, type Transaction } from '@smart-wallet/client';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import type { Acknowledged } from '../audit/acknowledged.js';
import { audit } from '../audit/audit.js';
import { reportText } from '../audit/report.js';
import { createWallets } from './create-wallets.js';
import { TcpProxy } from './tcp-proxy.js';

const walletCount = 20;
const callersMax = 32;
/** Of the payments, those for more than anybody has. */
const refusedShare = 0.05;
/** A payment is some 700 bytes to the gateway and 900 back: cuts fall into heads and bodies, of one or the other. */
const cutAfter = { bytesMin: 50, bytesMax: 4_500 };
/** How long a payer insists: longer than any fault here lasts. */
const insists = { deadlineMs: 120_000, attemptsMax: 1_000 };

/** A payment, and what its payer believes became of it. */
interface Paid {
  readonly reference: string;
  readonly amount: string;
  readonly meantToFail: boolean;
  readonly outcome: Outcome<Transaction>;
}

/**
 * Payers that know nothing of each other pay through a proxy that cuts their connections at random bytes, both ways, with
 * nothing but the client between them and the fault. Returns what is wrong, and the figures.
 */
export async function payThroughCuts(count: number): Promise<{ wrong: string[]; story: string; cuts: CutFigures }> {
  const seed = Number(process.env.FAULT_SEED) || Math.floor(Math.random() * 2 ** 32);
  const env = envWithoutServers();
  const stack = await startStack({ env });
  const platform = await startPlatform({ engines: 2, env, stack });
  const { hostname, port } = new URL(platform.gatewayUrl);
  const proxy = await TcpProxy.start({ target: { host: hostname, port: Number(port) }, seed, protocol: 'any' });
  try {
    const walletIds = await createWallets(platform.gatewayUrl, platform.token, walletCount, '100000.00');
    proxy.cutAtRandom(cutAfter.bytesMin, cutAfter.bytesMax);
    const startedAt = performance.now();
    const { paid, askedAgain } = await payAll(count, {
      seed,
      baseUrl: proxy.through(platform.gatewayUrl),
      token: platform.token,
      walletIds,
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const cuts = { ...proxy.cutsByDirection, askedAgain: sum(askedAgain) };
    const report = await audit(platform.urlFor('wallet_audit'), { acknowledged: paid.flatMap(acknowledgedOf) });
    const wrong = [
      ...paid.flatMap(outcomeFindings),
      ...(await ledgerFindings(platform.urlFor('wallet_audit'), walletIds, paid)),
      ...(report.clean ? [] : ['the books do not balance']),
    ];
    const kinds = countBy(paid.map(({ outcome }) => outcome.kind));
    const story = [
      `FAULT_SEED=${seed}`,
      `${count} payments in ${seconds.toFixed(1)} s, ${JSON.stringify(Object.fromEntries(kinds))}`,
      `${cuts.toServer} cuts in requests, ${cuts.toClient} in answers; asked again: ${JSON.stringify(Object.fromEntries(askedAgain))}`,
      `${paid.filter(({ outcome }) => outcome.kind === 'DONE' && outcome.replayed).length} first answers were lost and replayed`,
      reportText(report),
    ].join('\n');
    return { wrong, story, cuts };
  } finally {
    await platform.stop();
    await proxy.close();
    await stack.stop();
  }
}

export interface CutFigures {
  readonly toServer: number;
  readonly toClient: number;
  readonly askedAgain: number;
}

interface Payers {
  readonly seed: number;
  readonly baseUrl: string;
  readonly token: string;
  readonly walletIds: readonly string[];
}

async function payAll(count: number, { seed, baseUrl, token, walletIds }: Payers) {
  const random = seededRandom(seed);
  const askedAgain = new Map<string, number>();
  const client = createClient({
    ...{ baseUrl, token, random, ...insists, pause: { firstMs: 20, maxMs: 200 } },
    onAskAgain: ({ reason }) => askedAgain.set(reason, (askedAgain.get(reason) ?? 0) + 1),
  });
  const paid: Paid[] = [];
  let begun = 0;
  const payer = async () => {
    while (begun < count) {
      const reference = `cut ${begun++}`;
      const [senderWalletId, receiverWalletId] = two(walletIds, random);
      const meantToFail = random() < refusedShare;
      const units = BigInt(1 + Math.floor(random() * 500)) * 100n;
      const amount = formatAmount(meantToFail ? units + 100_000_000_000n : units);
      // Some are longer than a packet.
      const description = 'x'.repeat(Math.floor(random() * 1_000));
      const payment = { senderWalletId, receiverWalletId, amount, currency: 'EUR', reference, description };
      paid.push({ reference, amount, meantToFail, outcome: await client.pay(payment) });
    }
  };
  await Promise.all(Array.from({ length: callersMax }, payer));
  return { paid, askedAgain };
}

function two(ids: readonly string[], random: () => number): [string, string] {
  const from = Math.floor(random() * ids.length);
  const to = (from + 1 + Math.floor(random() * (ids.length - 1))) % ids.length;
  return [ids[from] as string, ids[to] as string];
}

/** Each was told for certain what became of it, and that was what it should. */
function outcomeFindings({ reference, meantToFail, outcome }: Paid): string[] {
  const wanted = meantToFail ? 'REFUSED' : 'DONE';
  return outcome.kind === wanted ? [] : [`${reference} ended ${outcome.kind}, and not ${wanted}`];
}

/** Each is in the ledger once, as its payer was told, and nothing else is. */
async function ledgerFindings(url: string, walletIds: readonly string[], paid: readonly Paid[]): Promise<string[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ reference: string; transaction_id: string; status: string; amount: string }>(
      `SELECT reference, transaction_id, status, amount::text FROM transactions
        WHERE kind = 'PAYMENT' AND sender_wallet_id = ANY ($1)`,
      [walletIds],
    ),
  );
  const times = countBy(rows.map(({ reference }) => reference));
  const recorded = new Map(rows.map((row) => [row.reference, row]));
  const wrong =
    rows.length === paid.length ? [] : [`${rows.length} payments are recorded, and ${paid.length} were made`];
  for (const { reference, amount, outcome } of paid) {
    if (times.get(reference) !== 1) wrong.push(`${reference} is recorded ${times.get(reference) ?? 0} times`);
    const row = recorded.get(reference);
    const [id, status] = told(outcome);
    if (
      row &&
      (row.transaction_id !== id || row.status !== status || parseAmount(row.amount) !== parseAmount(amount))
    ) {
      wrong.push(
        `${reference} was told ${status} ${id} ${amount}, and is ${row.status} ${row.transaction_id} ${row.amount}`,
      );
    }
  }
  return wrong;
}

function told(outcome: Outcome<Transaction>): [id: string | undefined, status: string] {
  if (outcome.kind === 'DONE') return [outcome.value.transactionId, outcome.value.status];
  return outcome.kind === 'REFUSED' ? [outcome.problem.transactionId, 'FAILED'] : [undefined, outcome.kind];
}

function acknowledgedOf({ amount, outcome }: Paid): Acknowledged[] {
  const { key: idempotencyKey } = outcome;
  if (outcome.kind === 'DONE') return [{ ...outcome.value, idempotencyKey } as Acknowledged];
  if (outcome.kind !== 'REFUSED') return [];
  const { transactionId = '', code: failureCode } = outcome.problem;
  return [{ transactionId, status: 'FAILED', failureCode, amount, idempotencyKey }];
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}
