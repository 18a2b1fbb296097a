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
    | '/dead-letters'
    | '/audit';
  readonly label: string;
  /** What of it needs a person. */
  readonly waiting?: keyof Waiting;
}

/** The rail, from top to bottom. */
export const pages: readonly Page[] = [
  { to: '/', label: 'Overview' },
  { to: '/transactions', label: 'Transactions' },
  { to: '/wallets', label: 'Wallets' },
  { to: '/holds', label: 'Holds' },
  { to: '/failures', label: 'Failures' },
  { to: '/alerts', label: 'Alerts', waiting: 'alerts' },
  { to: '/approvals', label: 'Approvals', waiting: 'approvals' },
  { to: '/reconciliation', label: 'Reconciliation' },
  { to: '/dead-letters', label: 'Dead letters', waiting: 'deadLetters' },
  { to: '/audit', label: 'Audit' },
];
