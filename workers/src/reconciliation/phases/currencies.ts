import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { checkCurrencySums } from '../checks/currency-sum.js';
import type { Phase } from '../phase.js';

/** So large a table is added up in some 50 ms a 100,000 wallets. A larger one only full runs do, wallet by wallet. */
export const walletsBytesMax = 128 * 1024 * 1024;

/** Totals of an incremental run: one statement over all wallets, which is one moment and a short one. */
export function currenciesPhase(): Phase {
  return {
    name: 'currencies',
    begin: () => ({}),
    async chunk(_state, { client }) {
      if (!(await isAddedUp(client))) return { next: null, breaks: [] };
      const { rows } = await client.query<{ currency: string; sum: string }>(
        'SELECT currency, sum(balance) AS sum FROM wallets GROUP BY currency',
      );
      const sums = rows.map(({ currency, sum }) => [currency, parseDecimal(sum).toString()]);
      return { next: null, breaks: checkCurrencySums(Object.fromEntries(sums)) };
    },
  };
}

export async function isAddedUp(client: Parameters<Phase['chunk']>[1]['client']): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_relation_size('wallets') <= $1 AS fits`, [walletsBytesMax]);
  return rows[0]?.fits === true;
}
