import { missingWallet } from '../checks/missing-wallet.js';
import type { Phase } from '../phase.js';
import { readLastEntries } from '../reads/last-entries.js';

/** Every wallet that was made is there, whether it has entries or not. */
export function creationsPhase(): Phase {
  return {
    name: 'creations',
    begin: () => ({ partition: -1, seq: '0' }),
    async chunk({ partition, seq }: { partition: number; seq: string }, { client, size }) {
      const { rows } = await client.query<{ partition: number; seq: string; id: string; missing: boolean }>({
        name: 'reconciliation-creations',
        text: `SELECT c.partition, c.seq, c.wallet_id AS id, w.wallet_id IS NULL AS missing
                 FROM wallet_creations c LEFT JOIN wallets w USING (wallet_id)
                WHERE (c.partition, c.seq) > ($1, $2) ORDER BY c.partition, c.seq LIMIT $3`,
        values: [partition, seq, size],
      });
      const missing = rows.filter((row) => row.missing).map(({ id }) => id);
      const last = missing.length === 0 ? new Map() : await readLastEntries(client, missing);
      const end = rows.at(-1);
      return {
        next: end && rows.length === size ? { partition: end.partition, seq: end.seq } : null,
        breaks: missing.map((id) => missingWallet(id, last.get(id))),
      };
    },
  };
}
