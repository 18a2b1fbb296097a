/** What answers told: ids by what they are of, cursors by their list. Bounded, and a seed's choices fall on the same places. */
export class Memory {
  readonly #pools = new Map<string, string[]>();
  readonly #favourites = new Map<string, string[]>();
  readonly #never = new Set<string>();

  /** An id that no call may use, such as the one of a token that the fuzzer itself goes by. */
  forget(id: string): void {
    this.#never.add(id);
    for (const pool of this.#pools.values()) if (pool.includes(id)) pool.splice(pool.indexOf(id), 1);
  }

  note(pool: string, value: string): void {
    if (this.#never.has(value)) return;
    const known = this.#pools.get(pool) ?? [];
    if (known.includes(value)) return;
    known.push(value);
    if (known.length > poolMax) known.shift();
    this.#pools.set(pool, known);
  }

  /** Half of the choices fall on the few newest of these. */
  favour(pool: string, value: string): void {
    this.#favourites.set(pool, [value, ...(this.#favourites.get(pool) ?? [])].slice(0, favouritesMax));
  }

  /** `at` is from 0 up to 1. */
  pick(pool: string, at: number): string | undefined {
    const favourites = this.#favourites.get(pool) ?? [];
    if (favourites.length > 0 && at < 0.6) return favourites[Math.floor((at / 0.6) * favourites.length)];
    const known = this.#pools.get(pool) ?? [];
    return known[Math.floor(at * known.length)];
  }

  /** Every id in an answer, and the address of what was made. */
  learn(body: unknown, location: string | undefined): void {
    const made = /^\/api\/([a-z]+)s\/([\w-]+)$/.exec(location ?? '');
    if (made) this.note(`${made[1]}Id`, made[2] as string);
    this.#walk(body, '');
  }

  #walk(value: unknown, name: string): void {
    if (typeof value === 'string') {
      const pool = poolOf(name);
      if (pool !== undefined && value.length <= 100) this.note(pool, value);
    } else if (Array.isArray(value)) {
      for (const inner of value.slice(0, 20)) this.#walk(inner, name);
    } else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) if (key !== 'metadata') this.#walk(inner, key);
    }
  }
}

const poolMax = 200;
const favouritesMax = 6;

/** `receiverWalletId` names a wallet: walletId. Only fields that are called ids are remembered. */
export function poolOf(field: string): string | undefined {
  const last = /([A-Za-z][a-z]*Id)$/.exec(field)?.[1];
  if (last === undefined || last === 'traceId') return undefined;
  return last.charAt(0).toLowerCase() + last.slice(1);
}

/** `/api/wallets/{id}/balance` takes the id of a wallet. */
export function poolOfPath(path: string, parameter: string): string {
  if (parameter !== 'id') return poolOf(parameter) ?? parameter;
  const noun = /\/([a-z-]+?)s?\/\{id\}/.exec(path)?.[1] ?? 'any';
  return `${noun.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())}Id`;
}
