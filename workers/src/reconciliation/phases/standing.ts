import type pg from 'pg';
import { checkBatches } from '../batch-check.js';
import { chainStart } from '../checks/hash-chain.js';
import { checkHold } from '../checks/held.js';
import { checkRefunds } from '../checks/refunds.js';
import type { Break } from '../finding.js';
import { lowestId, type Phase } from '../phase.js';
import { readBatches } from '../reads/batch-rows.js';
import { readHoldSums } from '../reads/hold-sums.js';
import { readRefundSums } from '../reads/refund-sums.js';
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
      const ofCheck = (name: string) =>
        rows.flatMap(({ check, transactionId }) => (check === name && transactionId !== null ? [transactionId] : []));
      const [holds, originals] = [ofCheck('HELD'), ofCheck('REFUNDS')];
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

/** One batch, after the one before it, of which the head is taken as it is or as it follows from the one before that. */
async function checkAgain(
  reader: { client: pg.ClientBase; currencies: WalletCurrencies; archivedBelow: string | null },
  engineId: string,
  seq: bigint,
): Promise<Break[]> {
  const before = await readBatches(reader.client, engineId, {
    after: seq - 3n,
    upTo: seq,
    most: 3,
    transactionsMax: Number.MAX_SAFE_INTEGER,
  });
  const first = before.find((batch) => BigInt(batch.batchSeq) === seq - 2n);
  const start = first ? { seq: seq - 2n, said: first.headHash, computed: first.headHash } : chainStart;
  const following = before.filter((batch) => BigInt(batch.batchSeq) > start.seq);
  const { breaks } = await checkBatches(reader, following, start);
  return breaks.filter((found) => found.batchSeq === undefined || found.batchSeq === seq.toString());
}
