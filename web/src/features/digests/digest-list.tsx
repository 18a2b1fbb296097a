import type { Digest } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { Notice } from '../../ui/console/notice.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { SendDigest } from './send-digest.js';

const listing: Listing<Digest> = {
  name: 'digests',
  idOf: ({ digestId }) => digestId,
  read: ({ api }, query, signal) => answered(api.listDigests({ query, signal })),
};

const columns: Column<Digest>[] = [
  {
    ...{ name: 'date', label: 'Last day', width: '8rem' },
    cell: ({ digestId, date }) => (
      <Link to="/digests/$id" params={{ id: digestId }} search={true}>
        {date}
      </Link>
    ),
  },
  {
    ...{ name: 'status', label: 'Mail', width: '8rem' },
    cell: ({ status }) => (status === 'SENT' ? 'Sent' : <State state={status} />),
  },
  {
    ...{ name: 'email', label: 'To', width: 'minmax(8rem, 2fr)' },
    cell: ({ email }) => <span className="cut">{email}</span>,
  },
  { name: 'frequency', label: 'Of', width: '7rem', isWide: true, cell: ({ frequency }) => stateWords(frequency) },
  {
    ...{ name: 'requestedBy', label: 'Asked for by', width: 'minmax(8rem, 1fr)', isWide: true },
    cell: ({ requestedBy }) => <span className="cut">{requestedBy ?? 'the schedule'}</span>,
  },
  { name: 'createdAt', label: 'When', width: '8rem', isWide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
];

export function DigestList() {
  const { user } = useSigned();
  const { id } = useParams({ strict: false });
  if (!mayAct(user)) {
    return (
      <Notice title="Digests are for operators and admins">
        They hold addresses of people. Ask an admin for the role.
      </Notice>
    );
  }
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Digests', noun: 'digest', listing, columns, filters: [], openId: id }}
        emptyWords="The mail that tells each morning how it went. It goes to those whom an admin has named."
        actions={() => (
          <>
            <Link to="/digest-recipients">Who gets it</Link>
            <SendDigest />
          </>
        )}
      />
      <Outlet />
    </div>
  );
}
