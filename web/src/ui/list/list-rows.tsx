import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from 'react';
import { faultWords } from '../../api/platform.js';
import { ActionButton } from '../console/action-button.js';
import { areSingleKeysOn } from '../console/single-keys.js';
import { listAsk, listOf, rowAfter } from './list-keys.js';
import type { ListState } from './use-listing.js';

export interface Column<Item> {
  readonly name: string;
  readonly label: string;
  readonly cell: (item: Item) => ReactNode;
  /** Of a grid's track. */
  readonly width: string;
  readonly align?: 'end';
  /** Left out where there is little room. */
  readonly isWide?: boolean;
}

interface ListRowsProps<Item> {
  readonly title: string;
  readonly columns: readonly Column<Item>[];
  readonly list: ListState<Item>;
  /** Whether its page is beside the list. */
  readonly isOpen: (item: Item) => boolean;
  readonly isStale: boolean;
}

const rowPx = 44;
const skeletonRows = 12;
/** Of the last rows: then the next page is read. */
const readAheadRows = 30;

/** Only the rows in sight are drawn, however many there are. `j`, `k` and the arrows walk them, Enter opens. */
export function ListRows<Item>({ title, columns, list, isOpen, isStale }: ListRowsProps<Item>) {
  const { items, latest, isGone, hasMore, readMore, isLoading } = list;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= items.length - readAheadRows) readMore();
  });

  const linkOf = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"] a`);
  const walk = useEffectEvent((event: KeyboardEvent) => {
    const ask = listAsk(event);
    // Where there is room for one alone, a drawer hides its list.
    const isShown = scroller.current?.checkVisibility() === true && listOf(event.target) === scroller.current;
    if (ask === null || !isShown || items.length === 0) return;
    if (event.key.length === 1 && !areSingleKeysOn()) return;
    event.preventDefault();
    const opened = items.findIndex(isOpen);
    const at = current ?? (opened < 0 ? null : opened);
    if (ask === 'OPEN') {
      linkOf(at ?? 0)?.click();
      return;
    }
    const next = rowAfter(at, ask, items.length);
    setCurrent(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => linkOf(next)?.focus());
  });
  // The focus may be anywhere on the page: in the rail, or nowhere at all.
  useEffect(() => {
    const heard = (event: KeyboardEvent) => walk(event);
    document.addEventListener('keydown', heard);
    return () => document.removeEventListener('keydown', heard);
  }, []);

  const press = (event: MouseEvent<HTMLElement>, index: number) => {
    setCurrent(index);
    const isElsewhere = (event.target as HTMLElement).closest('button, a') !== null;
    // Whoever marks text to copy it opens nothing.
    if (!isElsewhere && getSelection()?.isCollapsed !== false) event.currentTarget.querySelector('a')?.click();
  };
  return (
    <div className={`rows${isStale ? ' is-stale' : ''}`} ref={scroller} style={tracksOf(columns)}>
      <table aria-label={title} aria-rowcount={hasMore ? -1 : items.length + 1} aria-busy={isLoading}>
        <thead>
          <tr className="row row-head" aria-rowindex={1}>
            {columns.map(({ name, label, align, isWide }) => (
              <th key={name} scope="col" className={cellClass(align, isWide)}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        {isLoading && <Skeleton columns={columns} />}
        <tbody className="row-space" style={{ height: virtual.getTotalSize() }}>
          {rows.map(({ index, start, key }) => {
            const item = latest(items[index] as Item);
            return (
              <tr
                key={key}
                aria-rowindex={index + 2}
                data-row={index}
                className={`row${isOpen(item) ? ' row-open' : ''}${isGone(item) ? ' row-gone' : ''}`}
                title={isGone(item) ? 'Changed since: it is not in this list any more' : undefined}
                style={{ transform: `translateY(${start}px)` }}
                onClick={(event) => press(event, index)}
                onFocus={() => setCurrent(index)}
              >
                {columns.map(({ name, cell, align, isWide }) => (
                  <td key={name} className={cellClass(align, isWide)}>
                    {cell(item)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <Foot list={list} />
    </div>
  );
}

/** Of the rows' grid, where there is room and where there is little. */
function tracksOf<Item>(columns: readonly Column<Item>[]): CSSProperties {
  const narrow = columns.filter(({ isWide }) => !isWide);
  return {
    '--tracks': columns.map(({ width }) => width).join(' '),
    '--tracks-narrow': narrow.map(({ align }) => `minmax(0, ${align ? 1.2 : 1}fr)`).join(' '),
  } as CSSProperties;
}

function cellClass(align: 'end' | undefined, isWide: boolean | undefined): string {
  return `cell${align ? ' cell-end' : ''}${isWide ? ' cell-wide' : ''}`;
}

/** The rows' shape, until there are some. */
function Skeleton<Item>({ columns }: { columns: readonly Column<Item>[] }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: skeletonRows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move.
        <tr key={row} className="row row-skeleton">
          {columns.map(({ name, align, isWide }) => (
            <td key={name} className={cellClass(align, isWide)}>
              <i />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Foot<Item>({ list }: { list: ListState<Item> }) {
  const { items, hasMore, isSparse, isLoading, isReadingMore, staleFault, readMoreAgain } = list;
  if (isLoading) return null;
  if (isReadingMore) return <p className="rows-foot">Reading more…</p>;
  if (hasMore && (staleFault || isSparse)) {
    const words = staleFault
      ? faultWords(staleFault)
      : `${items.length === 0 ? 'Nothing' : 'Little'} is like that among the newest rows.`;
    return (
      <p className="rows-foot">
        {words} <ActionButton onPress={readMoreAgain}>Look further back</ActionButton>
      </p>
    );
  }
  return hasMore || items.length === 0 ? null : <p className="rows-foot">That is all.</p>;
}
