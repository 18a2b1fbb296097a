import { walletIds } from './workload.js';

/** Transactions of this run that a read may ask for. */
const rememberedMax = 10_000;

/** Half balances of any wallet, half transactions that were just answered. */
export class MixedReads {
  readonly #end: string;
  readonly #wallets = walletIds();
  readonly #transactions: string[] = [];

  constructor({ url, token }: { url: string; token: string }) {
    this.#end = ` HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  }

  /** @param body of a payment's answer */
  remember(body: string): void {
    const id = /"transactionId":"([0-9a-f-]{36})"/.exec(body)?.[1];
    if (id === undefined) return;
    if (this.#transactions.length < rememberedMax) this.#transactions.push(id);
    else this.#transactions[Math.floor(Math.random() * rememberedMax)] = id;
  }

  next(): string {
    const transaction = Math.random() < 0.5 ? any(this.#transactions) : undefined;
    const path = transaction ? `/api/transactions/${transaction}` : `/api/wallets/${any(this.#wallets)}/balance`;
    return `GET ${path}${this.#end}`;
  }
}

export function any(ids: readonly string[]): string | undefined {
  return ids[Math.floor(Math.random() * ids.length)];
}
