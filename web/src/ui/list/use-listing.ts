import type { WalletClient } from '@smart-wallet/client';
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { staleFault } from '../../api/stale-fault.js';
import { useSigned } from '../../api/use-platform.js';
import type { FilterValues } from './filters.js';
import { goneRows } from './gone-rows.js';

/** A page of a list, newest first. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export type PageQuery = FilterValues & { readonly limit: number; readonly cursor?: string };

export interface Listing<Item> {
  /** Of its rows in the cache. */
  readonly name: string;
  readonly idOf: (item: Item) => string;
  /** What its page's address calls it, where that is not its id. */
  readonly addressOf?: (item: Item) => string;
  readonly read: (platform: WalletClient, query: never, signal: AbortSignal) => Promise<ListPage<Item>>;
}

const pageRows = 100;
/** Open lists ask so often what is new. */
const newestEveryMs = 2_000;
const newestRows = 50;
const none: ReadonlySet<string> = new Set();
const sparsePages = 3;
const sparseRows = 10;

/**
 * The rows of a list as they were when it was opened, page after page, each as it is now as far as that is known; and how
 * many are new, which are not shown until they are asked for: rows do not move under a hand.
 */
export function useListing<Item>(listing: Listing<Item>, filters: FilterValues) {
  const { platform } = useSigned();
  const queries = useQueryClient();
  const pagesKey = [listing.name, 'pages', filters];
  const read = (query: PageQuery, signal: AbortSignal) => listing.read(platform, query as never, signal);

  const pages = useInfiniteQuery({
    queryKey: pagesKey,
    queryFn: ({ pageParam, signal }) =>
      read({ ...filters, limit: pageRows, ...(pageParam !== null && { cursor: pageParam }) } as PageQuery, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: ListPage<Item>) => nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    // Rows that were read stay as they are: to compare them all with each page that comes takes longer the more there are.
    structuralSharing: false,
  });
  const newest = useQuery({
    queryKey: [listing.name, 'newest', filters],
    queryFn: ({ signal }) => read({ ...filters, limit: newestRows } as PageQuery, signal),
    refetchInterval: newestEveryMs,
    enabled: pages.data !== undefined,
  });

  const items = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const now = useMemo(() => byId(newest.data?.items ?? [], listing.idOf), [newest.data, listing.idOf]);
  // Newest first: what was shown before begins among the first rows.
  const shown = useMemo(() => byId(items.slice(0, 2 * pageRows), listing.idOf), [items, listing.idOf]);
  const news = pages.data && newest.data ? newest.data : null;
  const unseen = countWhile(news?.items ?? [], (item) => !shown.has(listing.idOf(item)));
  const isReadSince = newest.dataUpdatedAt > pages.dataUpdatedAt;
  const gone = useMemo(
    () => (newest.data && isReadSince ? goneRows(items, newest.data, listing.idOf) : none),
    [items, newest.data, isReadSince, listing.idOf],
  );
  const { error, failureReason } = newest;
  const readAtMs = Math.max(newest.dataUpdatedAt, pages.dataUpdatedAt);
  const isSparse = pages.data ? areSparse(pages.data.pages) : false;

  return {
    items,
    /** The row as it is now. */
    latest: (item: Item): Item => now.get(listing.idOf(item)) ?? item,
    /** Whether it is not like the filters any more: it stays where it was, and says so. */
    isGone: (item: Item): boolean => gone.has(listing.idOf(item)),
    /** `more`: there are at least so many. */
    unseen: { count: unseen, more: unseen > 0 && unseen === news?.items.length && news.nextCursor !== null },
    showUnseen: () => {
      if (!newest.data) return;
      const data: InfiniteData<ListPage<Item>, string | null> = { pages: [newest.data], pageParams: [null] };
      queries.setQueryData(pagesKey, data);
    },
    isLoading: pages.isPending,
    /** Nothing could be read at all. */
    fault: pages.isPending || pages.data ? null : pages.error,
    /** What is shown cannot be read anew. */
    staleFault: pages.data ? (staleFault({ error, failureReason, dataUpdatedAt: readAtMs }) ?? pages.error) : null,
    readAtMs,
    retry: () => void pages.refetch(),
    hasMore: pages.hasNextPage,
    /** Few match: whoever looks further back asks for it. */
    isSparse,
    isReadingMore: pages.isFetchingNextPage,
    readMore: () => {
      if (pages.hasNextPage && !pages.isFetchingNextPage && !pages.isFetchNextPageError && !isSparse)
        void pages.fetchNextPage();
    },
    readMoreAgain: () => void pages.fetchNextPage(),
  };
}

export type ListState<Item> = ReturnType<typeof useListing<Item>>;

/** The platform looks at so many rows for a page: where few match, pages are short or empty, and nothing may read on by itself. */
function areSparse(pages: readonly ListPage<unknown>[]): boolean {
  const last = pages.slice(-sparsePages);
  return last.length === sparsePages && last.every(({ items }) => items.length < sparseRows);
}

function byId<Item>(items: readonly Item[], idOf: (item: Item) => string): Map<string, Item> {
  return new Map(items.map((item) => [idOf(item), item]));
}

function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  const end = items.findIndex((item) => !holds(item));
  return end === -1 ? items.length : end;
}
