import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { faultWords } from '../../api/platform.js';
import { ageText, plural } from '../../figures/format.js';
import { ActionButton } from '../console/action-button.js';
import { Notice } from '../console/notice.js';
import { useNow } from '../console/use-now.js';
import { FilterBar } from './filter-bar.js';
import { type Filter, type FilterValues, filterValues } from './filters.js';
import { type Column, ListRows } from './list-rows.js';
import { type Listing, type ListState, useListing } from './use-listing.js';

export interface ListPageProps<Item> {
  readonly title: string;
  readonly noun: string;
  readonly listing: Listing<Item>;
  readonly columns: readonly Column<Item>[];
  readonly filters: readonly Filter[];
  /** What would fill the list, where nothing narrows it. */
  readonly emptyWords: string;
  /** Beside the title: what is done with the whole list. */
  readonly actions?: (values: FilterValues) => ReactNode;
  /** Between filters and rows. */
  readonly summary?: (values: FilterValues) => ReactNode;
  /** Of the row whose page is open. */
  readonly openId?: string | undefined;
}

/** A list: its filters are its address; its rows stay where they are, and what is new waits to be asked for. */
export function ListPage<Item>(props: ListPageProps<Item>) {
  const { title, noun, listing, filters, actions, summary } = props;
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const values = filterValues(search, filters);
  const list = useListing(listing, values);
  const change = (next: FilterValues) => void navigate({ to: '.', search: next as never });
  return (
    <section className="list-page" aria-labelledby="list-title">
      <header className="page-head">
        <h1 id="list-title">{title}</h1>
        <div className="page-actions">{actions?.(values)}</div>
      </header>
      <div className="list-bar">
        <FilterBar filters={filters} values={values} onChange={change} />
        {summary?.(values)}
        <NewRows noun={noun} list={list} />
      </div>
      <Stale list={list} />
      <Body {...props} list={list} values={values} onClear={() => change({})} />
    </section>
  );
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
  const { list, columns, listing, noun, values, onClear, emptyWords, openId, title } = props;
  if (list.fault) {
    return (
      <Notice
        severity="critical"
        title={`The ${noun}s cannot be read`}
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
      {...{ title, columns, openId, list }}
      key={JSON.stringify(values)}
      idOf={listing.idOf}
      isStale={list.staleFault !== null}
    />
  );
}
