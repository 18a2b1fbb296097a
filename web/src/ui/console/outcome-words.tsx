import type { Outcome } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Notice } from './notice.js';

/** What became of an act, so that nobody wonders whether money moved. */
export function OutcomeWords<Made>({ outcome, done }: { outcome: Outcome<Made>; done: (made: Made) => ReactNode }) {
  switch (outcome.kind) {
    case 'DONE':
      return (
        <Notice severity="good" title="Done">
          {done(outcome.value)}
        </Notice>
      );
    case 'PENDING':
      return (
        <Notice severity="warning" title="Somebody else must approve it">
          Nothing has been done yet.{' '}
          <Link to="/approvals/$id" params={{ id: outcome.approval.approvalId }}>
            See the approval
          </Link>
        </Notice>
      );
    case 'REFUSED':
      return (
        <Notice severity="critical" title="Refused: nothing was done">
          {outcome.problem.detail}
        </Notice>
      );
    case 'NOT_DONE':
      return (
        <Notice severity="critical" title="Nothing was done">
          {outcome.problem?.detail ?? 'The platform was too busy or out of reach.'}
        </Notice>
      );
    case 'UNKNOWN':
      return (
        <Notice severity="unknown" title="Nobody answered: it may have been done">
          Do not begin anew. Ask again: under its key it is done at most once.
        </Notice>
      );
  }
}
