import type { Summary } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { Input, Label, TextField } from 'react-aria-components';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { writtenBy } from './written-by.js';

const listing: Listing<Summary> = {
  name: 'summaries',
  idOf: ({ summaryId }) => summaryId,
  addressOf: ({ summaryDate }) => summaryDate,
  read: ({ api }, query, signal) => answered(api.listSummaries({ query, signal })),
};

const filters: Filter[] = [
  { name: 'from', label: 'From', kind: 'id', hint: '2026-01-31' },
  { name: 'to', label: 'To', kind: 'id', hint: '2026-01-31' },
];

const columns: Column<Summary>[] = [
  {
    ...{ name: 'summaryDate', label: 'Day (UTC)', width: '8rem' },
    cell: ({ summaryDate }) => (
      <Link to="/summaries/$id" params={{ id: summaryDate }} search={true}>
        {summaryDate}
      </Link>
    ),
  },
  {
    ...{ name: 'content', label: 'What it says', width: 'minmax(8rem, 3fr)' },
    cell: ({ content }) => <span className="cut">{content}</span>,
  },
  { name: 'type', label: 'Written by', width: '9rem', isWide: true, cell: writtenBy },
  { name: 'createdAt', label: 'When', width: '8rem', isWide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
];

export function SummaryList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Summaries', noun: 'summary', nouns: 'summaries', listing, columns, filters, openId: id }}
        emptyWords="Each day that is over is told in words here, some minutes after midnight, UTC."
        actions={() => <TellDay />}
      />
      <Outlet />
    </div>
  );
}

/** Asks for a day's summary, again or for the first time. */
export function TellDay({ date }: { date?: string }) {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  return (
    <ActButton
      label={date ? 'Write it again' : 'Write a summary'}
      title="Have a day told in words"
      words={
        <p>It is written from the ledger’s figures within a minute or so. Of several of a day the newest counts.</p>
      }
      fields={
        <TextField name="date" type="date" isRequired className="field" defaultValue={date ?? yesterday}>
          <Label>Day (UTC)</Label>
          <Input />
        </TextField>
      }
      press={({ date: day = date ?? yesterday }) => `Write the summary of ${day}`}
      ask={({ typed, key }) => askOnce(platform.api.requestSummary({ body: { date: typed.date ?? '' } }), key)}
      lookFirst="Look whether the list gets it within a minute: another press has it written once more."
      done={() => <>It is being written: it stands in the list when it is there.</>}
    />
  );
}
