import type { Webhook } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { NewWebhook } from './new-webhook.js';
import { eventWords, hostOf } from './webhook-events.js';

const listing: Listing<Webhook> = {
  name: 'webhooks',
  idOf: ({ webhookId }) => webhookId,
  read: ({ api }, query, signal) => answered(api.listWebhooks({ query, signal })),
};

const filters: Filter[] = [
  { name: 'status', label: 'State', kind: 'choice', choices: ['ACTIVE', 'PAUSED', 'DISABLED'] },
];

const columns: Column<Webhook>[] = [
  {
    ...{ name: 'url', label: 'Calls', width: 'minmax(10rem, 2fr)' },
    cell: ({ webhookId, url }) => (
      <Link to="/webhooks/$id" params={{ id: webhookId }} search={true} className="cut" title={url}>
        {hostOf(url)}
      </Link>
    ),
  },
  {
    ...{ name: 'status', label: 'State', width: 'minmax(6rem, 1fr)' },
    cell: ({ status, failures }) => (
      <>
        <State state={status} />
        {failures > 0 && <span className="muted cell-more"> {failures} failed in a row</span>}
      </>
    ),
  },
  {
    ...{ name: 'events', label: 'Wants', width: 'minmax(8rem, 2fr)', isWide: true },
    cell: ({ eventTypes, walletIds }) => {
      const words = `${eventWords(eventTypes)}${walletIds ? ` of ${walletIds.length} wallets` : ''}`;
      return (
        <span className="cut" title={words}>
          {words}
        </span>
      );
    },
  },
  {
    ...{ name: 'description', label: 'For', width: 'minmax(6rem, 1fr)', isWide: true },
    cell: ({ description }) => <span className="cut">{description}</span>,
  },
  { name: 'createdAt', label: 'Made', width: '7rem', isWide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
];

export function WebhookList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Webhooks', noun: 'webhook', listing, columns, filters, openId: id }}
        emptyWords="A webhook has events sent to an address of yours, signed. An admin makes one."
        actions={() => <NewWebhook />}
      />
      <Outlet />
    </div>
  );
}
