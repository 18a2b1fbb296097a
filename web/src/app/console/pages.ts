import type { Waiting } from '../../features/waiting/use-waiting.js';

export interface Page {
  readonly to:
    | '/'
    | '/transactions'
    | '/wallets'
    | '/holds'
    | '/failures'
    | '/alerts'
    | '/approvals'
    | '/reconciliation'
    | '/summaries'
    | '/digests'
    | '/dead-letters'
    | '/webhooks'
    | '/audit'
    | '/users'
    | '/system';
  readonly label: string;
  /** Nothing of it is for those who may only look. */
  readonly isForActors?: boolean;
  /** What of it needs a person. */
  readonly waiting?: keyof Waiting;
  /** Those who configure alone have it. */
  readonly isForAdmins?: true;
}

/** The rail, from top to bottom. */
export const pages: readonly Page[] = [
  { to: '/', label: 'Overview' },
  { to: '/transactions', label: 'Transactions' },
  { to: '/wallets', label: 'Wallets' },
  { to: '/holds', label: 'Holds' },
  { to: '/failures', label: 'Failures' },
  { to: '/alerts', label: 'Alerts', waiting: 'alerts' },
  { to: '/reconciliation', label: 'Reconciliation', waiting: 'breaks' },
  { to: '/summaries', label: 'Summaries' },
  { to: '/digests', label: 'Digests', isForActors: true },
  { to: '/approvals', label: 'Approvals', waiting: 'approvals' },
  { to: '/webhooks', label: 'Webhooks', waiting: 'webhooks' },
  { to: '/dead-letters', label: 'Dead letters', waiting: 'deadLetters' },
  { to: '/audit', label: 'Audit' },
  { to: '/users', label: 'Users', isForAdmins: true },
  { to: '/system', label: 'System' },
];
