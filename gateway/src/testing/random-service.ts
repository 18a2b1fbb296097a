import { randomUUID } from 'node:crypto';

/** What one answer told: its text, its headers, and what its cursor holds. */
interface Told {
  readonly asked: string;
  readonly text: string;
}

interface Made {
  readonly wallets: string[];
  readonly transactions: string[];
  readonly holds: string[];
}

interface Surroundings {
  readonly url: string;
  readonly token: string;
  readonly random: () => number;
  /** In what it writes: a word that is nobody else's. */
  readonly mark: string;
}

/** A service that does this and that with its own wallets, tries it with another's, and remembers all that it is told. */
export class RandomService {
  readonly made: Made = { wallets: [], transactions: [], holds: [] };
  readonly told: Told[] = [];
  /** Answers to what named something of the other service's that were neither 404 nor empty. */
  readonly let: string[] = [];

  constructor(private readonly given: Surroundings) {}

  get mark(): string {
    return this.given.mark;
  }

  async begin(wallets: number): Promise<void> {
    for (let i = 0; i < wallets; i++) {
      const metadata = { of: this.mark };
      const { walletId } = await this.#ask('POST', '/api/wallets', { currency: 'EUR', status: 'ACTIVE', metadata });
      this.made.wallets.push(walletId);
      await this.#ask('POST', `/api/wallets/${walletId}/deposits`, { amount: '1000', ...this.#terms() });
    }
  }

  /** One thing, with its own; or, now and then, with what another service made. */
  async step(other: Made): Promise<void> {
    const isForeign = this.given.random() < 0.3 && other.transactions.length > 0 && other.holds.length > 0;
    const names = isForeign ? other : this.made;
    const wallet = this.#oneOf(names.wallets);
    const receiver = this.#oneOf(this.made.wallets.filter((id) => id !== wallet));
    const transaction = this.#oneOf(names.transactions) ?? randomUUID();
    const hold = this.#oneOf(names.holds) ?? randomUUID();
    const terms = { amount: this.#oneOf(['1', '2.50', '9999']) as string, ...this.#terms() };
    const payment = { senderWalletId: wallet, receiverWalletId: receiver, ...terms };
    const doing = this.#oneOf<() => Promise<unknown>>([
      () => this.#ask('POST', '/api/payments', payment),
      () => this.#ask('POST', '/api/payments/batch', { atomic: true, payments: [payment] }),
      () => this.#ask('POST', '/api/holds', { walletId: wallet, receiverWalletId: receiver, ...terms }),
      () => this.#ask('POST', `/api/holds/${hold}/capture`, { amount: '0.5' }),
      () => this.#ask('POST', `/api/holds/${hold}/void`, {}),
      () => this.#ask('POST', `/api/payments/${transaction}/refunds`, {}),
      () => this.#ask('POST', `/api/wallets/${wallet}/withdrawals`, terms),
      () => this.#ask('POST', `/api/wallets/${wallet}/deposits`, terms),
      () => this.#ask('GET', `/api/wallets/${wallet}`),
      () => this.#ask('GET', `/api/wallets/${wallet}/balance?consistency=cached`),
      () => this.#ask('GET', `/api/wallets/${wallet}/entries?limit=2`),
      () => this.#ask('GET', `/api/transactions/${transaction}/timeline`),
      () => this.#ask('GET', `/api/transactions/${transaction}/ledger`),
      () => this.#ask('GET', `/api/holds/${hold}`),
      () => this.#ask('GET', `/api/transactions?walletId=${wallet}&limit=2`),
      () => this.#ask('GET', `/api/holds?walletId=${wallet}&limit=1`),
      () => this.#ask('GET', `/api/transactions/export?walletId=${wallet}`),
    ]) as () => Promise<unknown>;
    const before = this.told.length;
    await doing();
    const { asked, text } = this.told[before] as Told;
    const isNothing = /"status":404|"items":\[\],"nextCursor":null|export-total: 0\n/.test(text);
    if (isForeign && !isNothing) this.let.push(`${asked} ${text}`);
  }

  /** All that it is shown without naming anything. */
  async look(): Promise<string> {
    const before = this.told.length;
    for (const path of ['/api/wallets', '/api/transactions', '/api/holds']) {
      for (let cursor = ''; ; ) {
        const { nextCursor } = await this.#ask('GET', `${path}?limit=7${cursor}`);
        if (!nextCursor) break;
        cursor = `&cursor=${nextCursor}`;
      }
    }
    await this.#ask('GET', '/api/transactions/totals');
    await this.#ask('GET', '/api/transactions/export?format=ndjson');
    return this.told
      .slice(before)
      .map(({ text }) => text)
      .join('\n');
  }

  /** Ids and marks of another service's that it was told, but for the ids that it named itself. */
  leaks(other: RandomService): string[] {
    const secrets = [other.mark, ...Object.values(other.made).flat()] as string[];
    return this.told.flatMap(({ asked, text }) =>
      secrets
        .filter((secret) => text.includes(secret) && !asked.includes(secret))
        .map((secret) => `${secret} in ${asked}`),
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  async #ask(method: string, path: string, body?: object): Promise<any> {
    const response = await fetch(this.given.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.given.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = response.headers.get('content-type')?.includes('json;') ? JSON.parse(text) : {};
    const cursor = answer.nextCursor ? Buffer.from(answer.nextCursor, 'base64url').toString() : '';
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}\n`).join('');
    this.told.push({ asked: `${method} ${path} ${JSON.stringify(body)}`, text: `${headers}${text}${cursor}` });
    for (const made of [
      answer,
      ...(answer.results ?? []).map((one: { transaction?: object }) => one.transaction ?? {}),
    ]) {
      if (method === 'POST' && made.transactionId) this.made.transactions.push(made.transactionId);
      if (method === 'POST' && made.holdId) this.made.holds.push(made.holdId);
    }
    return answer;
  }

  #terms() {
    return { currency: 'EUR', reference: this.mark, description: this.mark, metadata: { of: this.mark } };
  }

  #oneOf<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.given.random() * list.length)];
  }
}
