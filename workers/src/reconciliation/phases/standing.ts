import type pg from 'pg';
import { checkBatches } from '../batch-check.js';
import { type ChainEnd, chainStart } from '../checks/hash-chain.js';
import { checkHold } from '../checks/held.js';
import { checkUnlisted } from '../checks/listed.js';
import { checkRefunds } from '../checks/refunds.js';
import type { Break } from '../finding.js';
import { lowestId, type Phase } from '../phase.js';
import { readBatches } from '../reads/batch-rows.js';
import { readHoldSums } from '../reads/hold-sums.js';
import { readRefundSums } from '../reads/refund-sums.js';
import { readUnlistedOf } from '../reads/unlisted.js';
import { WalletCurrencies } from '../wallet-currencies.js';

interface Standing {
  id: string;
  check: string;
  walletId: string | null;
  transactionId: string | null;
  engineId: string | null;
  batchSeq: string | null;
}

/** Breaks that were found before, wherever they are: they are still there, or they are not. */
export function standingPhase(): Phase {
  const currencies = new WalletCurrencies();
  return {
    name: 'standing',
    begin: () => ({ after: lowestId }),
    async chunk({ after }: { after: string }, { client, plan, size }) {
      const most = Math.max(1, Math.min(50, Math.floor(size / 20)));
      const { rows } = await client.query<Standing>({
        name: 'reconciliation-standing',
        text: `SELECT finding_id AS id, check_name AS "check", wallet_id AS "walletId", transaction_id AS "transactionId",
                      engine_id AS "engineId", batch_seq AS "batchSeq"
                 FROM reconciliation_findings WHERE status <> 'CLOSED' AND finding_id > $1 ORDER BY finding_id LIMIT $2`,
        values: [after, most],
      });
      const touched = new Map<string, bigint>();
      const breaks: Break[] = [];
      const batches = new Map<string, [string, bigint]>();
      for (const row of rows) {
        if (row.walletId !== null) touched.set(row.walletId, 1n);
        if (row.engineId !== null && row.check !== 'CHAIN_TAIL') {
          batches.set(`${row.engineId} ${row.batchSeq}`, [row.engineId, BigInt(row.batchSeq ?? 0)]);
        }
      }
      const isArchived = (id: string) => plan.archivedBelow !== null && id < plan.archivedBelow;
      const ofCheck = (name: string) =>
        rows.flatMap(({ check, transactionId: id }) => (check === name && id !== null && !isArchived(id) ? [id] : []));
      const [holds, originals, pairs] = [ofCheck('HELD'), ofCheck('REFUNDS'), ofCheck('PAIR')];
      if (pairs.length > 0) breaks.push(...checkUnlisted(await readUnlistedOf(client, pairs)));
      if (holds.length > 0) breaks.push(...(await readHoldSums(client, holds)).flatMap(checkHold));
      if (originals.length > 0) breaks.push(...(await readRefundSums(client, originals)).flatMap(checkRefunds));
      for (const [engineId, seq] of batches.values()) {
        breaks.push(...(await checkAgain({ client, currencies, archivedBelow: plan.archivedBelow }, engineId, seq)));
      }
      const last = rows.at(-1);
      return { next: last && rows.length === most ? { after: last.id } : null, breaks, touched };
    },
  };
}

/**
 * One batch, after the one before it, of which the head is taken as it is or as it follows from the one before that. Behind a gap it is
 * held against the last batch before the gap, as it was when the gap was found.
 */
async function checkAgain(
  reader: { client: pg.ClientBase; currencies: WalletCurrencies; archivedBelow: string | null },
  engineId: string,
  seq: bigint,
): Promise<Break[]> {
  const start = await startBefore(reader.client, engineId, seq);
  const range = { after: start.seq, upTo: seq, most: 3, transactionsMax: Number.MAX_SAFE_INTEGER };
  const following = await readBatches(reader.client, engineId, range);
  const { breaks } = await checkBatches(reader, following, start);
  return breaks.filter((found) => found.batchSeq === undefined || found.batchSeq === seq.toString());
}

async function startBefore(client: pg.ClientBase, engineId: string, seq: bigint): Promise<ChainEnd> {
  const { rows } = await client.query<{ seq: string; head: Buffer }>({
    name: 'reconciliation-heads-before',
    text: `SELECT batch_seq AS seq, head_hash AS head FROM ledger_batches WHERE worker_id = $1 AND batch_seq < $2
            ORDER BY batch_seq DESC LIMIT 2`,
    values: [engineId, String(seq)],
  });
  const [last, second] = rows.map((row) => ({ seq: BigInt(row.seq), said: row.head, computed: row.head }));
  if (last === undefined || (last.seq === 1n && seq === 2n)) return chainStart;
  return last.seq === seq - 1n && second?.seq === seq - 2n ? second : last;
}
