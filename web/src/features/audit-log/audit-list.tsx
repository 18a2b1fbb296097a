import type { AuditRow } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { shortId } from '../../figures/format.js';
import { stateWords } from '../../ui/console/state.js';
import { Clock } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { changeWords } from './change-words.js';

const listing: Listing<AuditRow> = {
  name: 'audit',
  idOf: ({ auditId }) => auditId,
  read: ({ api }, query, signal) => answered(api.listAuditRows({ query, signal })),
};

const filters: Filter[] = [
  { name: 'actor', label: 'Who', kind: 'text', hint: 'user:\u2026 or token:\u2026' },
  { name: 'action', label: 'What', kind: 'text', hint: 'WALLET_STATUS_CHANGED' },
  { name: 'subject', label: 'To what', kind: 'id' },
  { name: 'from', label: 'From', kind: 'instant' },
  { name: 'to', label: 'To', kind: 'instant' },
];

const columns: Column<AuditRow>[] = [
  {
    name: 'at',
    label: 'When (UTC)',
    width: '10.5rem',
    cell: ({ auditId, at }) => (
      <Link to="/audit/$id" params={{ id: auditId }} search={true}>
        <Clock at={at} />
      </Link>
    ),
  },
  { name: 'action', label: 'What', width: 'minmax(8rem, 1fr)', cell: ({ action }) => stateWords(action) },
  {
    ...{ name: 'subject', label: 'To what', width: '8rem' },
    cell: ({ subject }) => (
      <Link to="/audit" search={{ subject } as never} className="mono" title={`Everything done to ${subject}`}>
        {shortId(subject)}
      </Link>
    ),
  },
  {
    ...{ name: 'actor', label: 'Who', width: 'minmax(6rem, 0.7fr)', isWide: true },
    cell: ({ actor }) => (
      <Link to="/audit" search={{ actor } as never} className="cut" title={`Everything done by ${actor}`}>
        {actor}
      </Link>
    ),
  },
  {
    ...{ name: 'change', label: 'Change', width: 'minmax(14rem, 2.5fr)', isWide: true },
    cell: ({ before, after }) => {
      const words = changeWords(before, after);
      return (
        <span className="cut cut-two" title={words}>
          {words}
        </span>
      );
    },
  },
  {
    ...{ name: 'reason', label: 'Why', width: 'minmax(5rem, 1fr)', isWide: true },
    cell: ({ reason }) => (
      <span className="cut" title={reason ?? undefined}>
        {reason}
      </span>
    ),
  },
];

export function AuditList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Audit', noun: 'act', listing, columns, filters, openId: id }}
        emptyWords="Whatever a person does to a wallet, a user or the platform is written down here."
      />
      <Outlet />
    </div>
  );
}
