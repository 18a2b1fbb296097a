import type pg from 'pg';

/** Wallets that are kept in mind. Their currencies never change, and that they are there does not either. */
const knownMax = 20_000;

/** The currencies of wallets, of which the latest are kept. */
export class WalletCurrencies {
  #known = new Map<string, string>();

  /** Those of them that there are. */
  async find(client: pg.ClientBase, walletIds: Iterable<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const asked: string[] = [];
    for (const id of new Set(walletIds)) {
      const currency = this.#known.get(id);
      if (currency === undefined) asked.push(id);
      else found.set(id, currency);
    }
    if (asked.length === 0) return found;
    const { rows } = await client.query<{ id: string; currency: string }>({
      name: 'reconciliation-wallet-currencies',
      text: 'SELECT wallet_id AS id, currency FROM wallets WHERE wallet_id = ANY ($1::uuid[])',
      values: [`{${asked.join(',')}}`],
    });
    if (this.#known.size + rows.length > knownMax) this.#known = new Map();
    for (const { id, currency } of rows) {
      this.#known.set(id, currency);
      found.set(id, currency);
    }
    return found;
  }
}
