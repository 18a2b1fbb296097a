interface NewestRows<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/**
 * The ids of rows that were read before and are not like the filters any more: the newest rows, read since, reach as far down
 * and have them no more. How it is with rows below is not known.
 */
export function goneRows<Item>(
  items: readonly Item[],
  newest: NewestRows<Item>,
  idOf: (item: Item) => string,
): ReadonlySet<string> {
  const now = new Set(newest.items.map(idOf));
  const last = newest.items.at(-1);
  const lastId = last && idOf(last);
  // A page may be empty and not the last: then it reaches as far as nobody knows.
  const reach = newest.nextCursor === null ? items.length : items.findIndex((item) => idOf(item) === lastId);
  return new Set(
    items
      .slice(0, Math.max(reach, 0))
      .map(idOf)
      .filter((id) => !now.has(id)),
  );
}
