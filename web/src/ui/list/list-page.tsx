import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { ageText, plural } from '../../figures/format.js';
import { ActionButton } from '../console/action-button.js';
import { Notice } from '../console/notice.js';
import { useNow } from '../console/use-now.js';
import { ExportButton, type Exported } from '../export/export-button.js';
import type { Progress } from '../export/save-file.js';
import { columnsField, shownColumns, viewQuery } from './columns.js';
import { ColumnsMenu } from './columns-menu.js';
import { FilterBar } from './filter-bar.js';
import { type Filter, type FilterValues, filterValues, filterWords, parseSearch } from './filters.js';
import { type Column, ListRows } from './list-rows.js';
import { readWhole } from './read-whole.js';
import { type Listing, type ListState, useListing } from './use-listing.js';
import { ViewsMenu } from './views-menu.js';

export interface ListPageProps<Item> {
  readonly title: string;
  readonly noun: string;
  /** Several of it, where that is not the noun with an s. */
  readonly nouns?: string;
  readonly listing: Listing<Item>;
  readonly columns: readonly Column<Item>[];
  readonly filters: readonly Filter[];
  /** What would fill the list, where nothing narrows it. */
  readonly emptyWords: string;
  /** Beside the title: what is done with the whole list. */
  readonly actions?: (values: FilterValues) => ReactNode;
  /** The whole list, where the platform writes it itself: else it is read page by page. */
  readonly readAll?: (
    values: FilterValues,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ) => Promise<Exported>;
  /** Between filters and rows. */
  readonly summary?: (values: FilterValues) => ReactNode;
  /** Of the row whose page is open. */
  readonly openId?: string | undefined;
}

/** A list: its filters are its address; its rows stay where they are, and what is new waits to be asked for. */
export function ListPage<Item>(props: ListPageProps<Item>) {
  const { title, noun, listing, filters, actions, summary, columns } = props;
  const { platform } = useSigned();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const values = filterValues(search, filters);
  const list = useListing(listing, values);
  const shown = shownColumns(columns, search[columnsField]);
  const go = (next: Readonly<Record<string, unknown>>) => void navigate({ to: '.', search: next as never });
  const change = (next: FilterValues) =>
    go({ ...next, ...(shown !== columns && { [columnsField]: search[columnsField] }) });
  const readAll =
    props.readAll ?? ((_values, signal, onProgress) => readWhole(listing, { platform, values, signal, onProgress }));
  return (
    <section className="list-page" aria-labelledby="list-title">
      <header className="page-head">
        <h1 id="list-title">{title}</h1>
        <div className="page-actions">
          <ExportButton
            key={JSON.stringify(values)}
            what={listing.name}
            filterWords={wordsOf(filters, values)}
            read={(signal, onProgress) => readAll(values, signal, onProgress)}
          />
          {actions?.(values)}
        </div>
      </header>
      <div className="list-bar">
        <FilterBar filters={filters} values={values} onChange={change} />
        {summary?.(values)}
        <NewRows noun={noun} list={list} />
        <div className="list-menus">
          <ViewsMenu
            list={listing.name}
            query={viewQuery(values, search[columnsField])}
            onShow={(query) => go(parseSearch(`?${query}`))}
          />
          <ColumnsMenu
            all={columns}
            shown={shown}
            onChange={(next) => go({ ...values, ...(next !== null && { [columnsField]: next }) })}
          />
        </div>
      </div>
      <Stale list={list} />
      <Body {...props} columns={shown} list={list} values={values} onClear={() => change({})} />
    </section>
  );
}

function wordsOf(filters: readonly Filter[], values: FilterValues): string {
  const active = filters.filter(({ name }) => values[name] !== undefined);
  return active.map((filter) => filterWords(filter, values[filter.name] as string)).join(', ');
}

function NewRows<Item>({ noun, list: { unseen, showUnseen } }: { noun: string; list: ListState<Item> }) {
  return (
    <div className="new-rows" role="status">
      {unseen.count > 0 && (
        <ActionButton onPress={showUnseen}>
          {unseen.more ? `More than ${plural(unseen.count - 1, `new ${noun}`)}` : plural(unseen.count, `new ${noun}`)}:
          show
        </ActionButton>
      )}
    </div>
  );
}

function Stale<Item>({ list }: { list: ListState<Item> }) {
  const nowMs = useNow();
  if (!list.staleFault) return null;
  return (
    <Notice severity="unknown" title={`As of ${ageText(nowMs - list.readAtMs)} ago`}>
      {faultWords(list.staleFault)}
    </Notice>
  );
}

function Body<Item>(props: ListPageProps<Item> & { list: ListState<Item>; values: FilterValues; onClear: () => void }) {
  const { list, columns, listing, noun, nouns = `${props.noun}s`, values, onClear, emptyWords, openId, title } = props;
  if (list.fault) {
    return (
      <Notice
        severity="critical"
        title={`The ${nouns} cannot be read`}
        action={<ActionButton onPress={list.retry}>Try again</ActionButton>}
      >
        {faultWords(list.fault)}
      </Notice>
    );
  }
  if (!list.isLoading && list.items.length === 0 && !list.hasMore) {
    const isNarrowed = Object.keys(values).length > 0;
    return (
      <Notice
        title={isNarrowed ? `No ${noun} is like that` : `No ${noun} yet`}
        action={isNarrowed && <ActionButton onPress={onClear}>Clear the filters</ActionButton>}
      >
        {isNarrowed ? 'Take a filter away, or widen the time.' : emptyWords}
      </Notice>
    );
  }
  return (
    <ListRows
      {...{ title, columns, list }}
      key={JSON.stringify(values)}
      isOpen={(item) => (listing.addressOf ?? listing.idOf)(item) === openId}
      isStale={list.staleFault !== null}
    />
  );
}
