/*
 * A token that another admin has to approve is given out to whoever asked, for the same request under the same key. So the browser that asked
 * remembers what it asked, until it has its answer. That is no secret: without its asker's sign-in it opens nothing.
 */
export interface AskedToken {
  readonly userId: string;
  readonly key: string;
  readonly approvalId: string;
  readonly askedAt: string;
  readonly body: {
    role: 'display' | 'service' | 'viewer' | 'operator';
    caller?: string;
    scope?: string;
    ttlSeconds?: number;
  };
}

const shelf = 'smart-wallet.asked-tokens';
const askedMax = 20;

type Shelf = Pick<Storage, 'getItem' | 'setItem'>;

export function askedTokens(userId: string, storage: Shelf = localStorage): AskedToken[] {
  return all(storage).filter((one) => one.userId === userId);
}

export function rememberAsked(asked: AskedToken, storage: Shelf = localStorage): void {
  keep([asked, ...all(storage).filter(({ key }) => key !== asked.key)].slice(0, askedMax), storage);
}

export function forgetAsked(key: string, storage: Shelf = localStorage): void {
  keep(
    all(storage).filter((one) => one.key !== key),
    storage,
  );
}

function all(storage: Shelf): AskedToken[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(shelf) ?? '[]');
    return Array.isArray(kept) ? (kept as AskedToken[]) : [];
  } catch {
    // What cannot be read, or may not be, is as good as nothing.
    return [];
  }
}

function keep(asked: readonly AskedToken[], storage: Shelf): void {
  try {
    storage.setItem(shelf, JSON.stringify(asked));
  } catch {
    // A browser that keeps nothing: the approval is there all the same, and another one can be asked for.
  }
}
