import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  useLocation,
} from '@tanstack/react-router';
import { Drawer } from '../../ui/console/drawer.js';
import { Notice } from '../../ui/console/notice.js';
import { parseSearch, stringifySearch } from '../../ui/list/filters.js';
import { dayInAddress, numberInAddress, uuidInAddress } from './id-in-address.js';
import { Shell } from './shell.js';

/*
 * Every page is a file of its own, loaded when somebody goes there. A list's row opens as a drawer beside the list, at an
 * address of its own: `/transactions/$id` keeps the query of `/transactions`.
 */
const root = createRootRoute({ component: Shell, notFoundComponent: NoPage });
const page = { getParentRoute: () => root };

const overview = createRoute({
  ...page,
  path: '/',
  component: lazyRouteComponent(() => import('../../features/overview/overview-page.js'), 'OverviewPage'),
});
const transactions = createRoute({
  ...page,
  path: '/transactions',
  component: lazyRouteComponent(() => import('../../features/transactions/transaction-list.js'), 'TransactionList'),
});
const transaction = createRoute({
  getParentRoute: () => transactions,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/transactions/transaction-page.js'), 'TransactionPage'),
});
const wallets = createRoute({
  ...page,
  path: '/wallets',
  component: lazyRouteComponent(() => import('../../features/wallets/wallet-list.js'), 'WalletList'),
});
const wallet = createRoute({
  ...page,
  path: '/wallets/$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoPage,
  component: lazyRouteComponent(() => import('../../features/wallets/wallet-page.js'), 'WalletPage'),
});
const holds = createRoute({
  ...page,
  path: '/holds',
  component: lazyRouteComponent(() => import('../../features/holds/hold-list.js'), 'HoldList'),
});
const hold = createRoute({
  getParentRoute: () => holds,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/holds/hold-page.js'), 'HoldPage'),
});
const failures = createRoute({
  ...page,
  path: '/failures',
  component: lazyRouteComponent(() => import('../../features/failures/failure-page.js'), 'FailurePage'),
});
const alerts = createRoute({
  ...page,
  path: '/alerts',
  component: lazyRouteComponent(() => import('../../features/alerts/alert-list.js'), 'AlertList'),
});
const alert = createRoute({
  getParentRoute: () => alerts,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/alerts/alert-page.js'), 'AlertPage'),
});
const approvals = createRoute({
  ...page,
  path: '/approvals',
  component: lazyRouteComponent(() => import('../../features/approvals/approval-list.js'), 'ApprovalList'),
});
const approval = createRoute({
  getParentRoute: () => approvals,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/approvals/approval-page.js'), 'ApprovalPage'),
});
const reconciliation = createRoute({
  ...page,
  path: '/reconciliation',
  component: lazyRouteComponent(() => import('../../features/reconciliation/run-list.js'), 'RunList'),
});
const report = createRoute({
  getParentRoute: () => reconciliation,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/reconciliation/report-page.js'), 'ReportPage'),
});
const deadLetters = createRoute({
  ...page,
  path: '/dead-letters',
  component: lazyRouteComponent(() => import('../../features/dead-letters/dead-letter-list.js'), 'DeadLetterList'),
});
const auditLog = createRoute({
  ...page,
  path: '/audit',
  component: lazyRouteComponent(() => import('../../features/audit-log/audit-list.js'), 'AuditList'),
});

const auditRow = createRoute({
  getParentRoute: () => auditLog,
  path: '$id',
  beforeLoad: numberInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/audit-log/audit-page.js'), 'AuditPage'),
});
const alertRules = createRoute({
  ...page,
  path: '/alert-rules',
  component: lazyRouteComponent(() => import('../../features/alert-rules/alert-rules-page.js'), 'AlertRulesPage'),
});
const summaries = createRoute({
  ...page,
  path: '/summaries',
  component: lazyRouteComponent(() => import('../../features/summaries/summary-list.js'), 'SummaryList'),
});
const summary = createRoute({
  getParentRoute: () => summaries,
  path: '$id',
  beforeLoad: dayInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/summaries/summary-page.js'), 'SummaryPage'),
});
const digests = createRoute({
  ...page,
  path: '/digests',
  component: lazyRouteComponent(() => import('../../features/digests/digest-list.js'), 'DigestList'),
});
const digest = createRoute({
  getParentRoute: () => digests,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/digests/digest-page.js'), 'DigestPage'),
});
const digestRecipients = createRoute({
  ...page,
  path: '/digest-recipients',
  component: lazyRouteComponent(() => import('../../features/digests/recipients-page.js'), 'RecipientsPage'),
});
const webhooks = createRoute({
  ...page,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('../../features/webhooks/webhook-list.js'), 'WebhookList'),
});
const webhook = createRoute({
  getParentRoute: () => webhooks,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/webhooks/webhook-page.js'), 'WebhookPage'),
});
const deliveries = createRoute({
  ...page,
  path: '/webhooks/$id/deliveries',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/webhooks/delivery-list.js'), 'DeliveryList'),
});
const delivery = createRoute({
  getParentRoute: () => deliveries,
  path: '$deliveryId',
  component: lazyRouteComponent(() => import('../../features/webhooks/delivery-page.js'), 'DeliveryPage'),
});
const users = createRoute({
  ...page,
  path: '/users',
  component: lazyRouteComponent(() => import('../../features/users/user-list.js'), 'UserList'),
});
const user = createRoute({
  getParentRoute: () => users,
  path: '$id',
  beforeLoad: uuidInAddress,
  notFoundComponent: NoRow,
  component: lazyRouteComponent(() => import('../../features/users/user-page.js'), 'UserPage'),
});
const tokens = createRoute({
  ...page,
  path: '/tokens',
  component: lazyRouteComponent(() => import('../../features/tokens/token-list.js'), 'TokenList'),
});
const account = createRoute({
  ...page,
  path: '/account',
  component: lazyRouteComponent(() => import('../../features/account/account-page.js'), 'AccountPage'),
});
const system = createRoute({
  ...page,
  path: '/system',
  component: lazyRouteComponent(() => import('../../features/system/system-page.js'), 'SystemPage'),
});
const job = createRoute({
  ...page,
  path: '/system/jobs/$name',
  component: lazyRouteComponent(() => import('../../features/system/job-runs.js'), 'JobRuns'),
});

const routeTree = root.addChildren([
  overview,
  transactions.addChildren([transaction]),
  wallets,
  wallet,
  holds.addChildren([hold]),
  failures,
  alerts.addChildren([alert]),
  approvals.addChildren([approval]),
  reconciliation.addChildren([report]),
  deadLetters,
  auditLog.addChildren([auditRow]),
  alertRules,
  summaries.addChildren([summary]),
  digests.addChildren([digest]),
  digestRecipients,
  webhooks.addChildren([webhook]),
  deliveries.addChildren([delivery]),
  users.addChildren([user]),
  tokens,
  account,
  system,
  job,
]);

export function openRouter() {
  return createRouter({
    ...{ routeTree, parseSearch, stringifySearch },
    basepath: '/console',
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof openRouter>;
  }
}

function NoPage() {
  return (
    <Notice title="There is no such page" action={<Link to="/">Go to the overview</Link>}>
      The address may be mistyped.
    </Notice>
  );
}

/** Beside its list, which stays. */
function NoRow() {
  const { pathname } = useLocation();
  return (
    <Drawer title="There is no such page" backTo={`/${pathname.split('/')[1]}`}>
      <p>The address may be mistyped, or cut short.</p>
    </Drawer>
  );
}
