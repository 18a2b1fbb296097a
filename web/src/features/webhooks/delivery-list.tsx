import type { WebhookDelivery } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { answered } from '../../api/platform.js';
import { State } from '../../ui/console/state.js';
import { Clock, When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { attemptWords } from './attempt-words.js';

const filters: Filter[] = [
  { name: 'status', label: 'State', kind: 'choice', choices: ['PENDING', 'DELIVERED', 'FAILED'] },
];

const columns: Column<WebhookDelivery>[] = [
  {
    ...{ name: 'createdAt', label: 'Made (UTC)', width: 'minmax(10.5rem, 1fr)' },
    cell: ({ webhookId, deliveryId, createdAt }) => (
      <Link to="/webhooks/$id/deliveries/$deliveryId" params={{ id: webhookId, deliveryId }} search={true}>
        <Clock at={createdAt} />
      </Link>
    ),
  },
  { name: 'status', label: 'State', width: '8rem', cell: ({ status }) => <State state={status} /> },
  {
    ...{ name: 'eventType', label: 'Event', width: 'minmax(9rem, 1fr)', isWide: true },
    cell: ({ eventType, replayId }) => (
      <span className="cut">
        {eventType}
        {replayId && <span className="muted"> (replay)</span>}
      </span>
    ),
  },
  {
    ...{ name: 'attempts', label: 'Last attempt', width: 'minmax(7rem, 1.5fr)', isWide: true },
    cell: ({ attempts }) => {
      const words = attemptWords(attempts.at(-1));
      return (
        <span className="cut" title={words}>
          {words}
        </span>
      );
    },
  },
  {
    ...{ name: 'next', label: 'Next', width: '7rem' },
    cell: ({ nextAttemptAt }) => nextAttemptAt && <When at={nextAttemptAt} />,
  },
];

/** What was sent to one webhook, and what became of it. */
export function DeliveryList() {
  const { id, deliveryId } = useParams({ strict: false }) as { id: string; deliveryId?: string };
  const listing = useMemo<Listing<WebhookDelivery>>(
    () => ({
      name: `deliveries of ${id}`,
      idOf: (delivery) => delivery.deliveryId,
      read: ({ api }, query, signal) => answered(api.listWebhookDeliveries({ path: { id }, query, signal })),
    }),
    [id],
  );
  return (
    <div className={`with-drawer${deliveryId ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Deliveries', noun: 'message', listing, columns, filters, openId: deliveryId }}
        emptyWords="Events that the webhook wants appear here as they are sent."
        actions={() => (
          <Link to="/webhooks/$id" params={{ id }} search={{}}>
            The webhook
          </Link>
        )}
      />
      <Outlet />
    </div>
  );
}
