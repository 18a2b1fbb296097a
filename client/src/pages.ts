import { WalletFault } from './wallet-fault.js';

/** A page of any list of the API. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Every item of a list, page after page. `readPage` must ask with the same filters each time: a cursor is bound to them. */
export async function* itemsOf<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await readPage(cursor);
    yield* items;
    // Else it would go on for ever.
    if (nextCursor !== null && nextCursor === cursor) throw new WalletFault('the list does not move on');
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
