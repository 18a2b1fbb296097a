import type { Alert, Approval, WalletClient } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { lettersWords, useLettersWaiting } from '../../api/letters-waiting.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { isTold } from './told-by-alerts.js';

const readMax = 100;
const shownMax = 6;
const everyMs = 2_000;

/** Whatever waits for somebody, the worst first: it says that all is quiet only where nothing does. */
export function NeedsPerson() {
  const { platform } = useSigned();
  const deadLetters = useLettersWaiting();
  const query = useQuery({
    queryKey: ['overview', 'person'],
    queryFn: ({ signal }) => readNeeds(platform, signal),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="what needs a person">
      {(read) => {
        const needs = withLetters(read, deadLetters ?? 0);
        if (needs.length === 0 && deadLetters === null) return <p className="muted">Dead letters: not known yet.</p>;
        return needs.length === 0 ? (
          <p className="all-quiet">
            <State state="ALL_QUIET" />
          </p>
        ) : (
          <>
            <ul className="person-list">
              {needs.slice(0, shownMax).map(({ key, severity, line, at }) => (
                <li key={key}>
                  <State state={severity} />
                  {line}
                  {at && <When at={at} />}
                </li>
              ))}
            </ul>
            {needs.length > shownMax && <p className="muted">and {needs.length - shownMax} more</p>}
          </>
        );
      }}
    </Loaded>
  );
}

interface Need {
  readonly key: string;
  readonly severity: string;
  readonly line: ReactNode;
  readonly at: string | null;
}

const ranks: Readonly<Record<string, number>> = { CRITICAL: 0, WARNING: 1, INFO: 2 };

interface ReadNeeds {
  readonly alerts: readonly Alert[];
  readonly needs: readonly Need[];
}

async function readNeeds({ api }: WalletClient, signal: AbortSignal): Promise<ReadNeeds> {
  const alertsOf = (status: 'PENDING' | 'SENT') =>
    answered(api.listAlerts({ query: { status, limit: readMax }, signal }));
  const [sent, pending, approvals, runs] = await Promise.all([
    alertsOf('SENT'),
    alertsOf('PENDING'),
    answered(api.listApprovals({ query: { status: 'PENDING', limit: readMax }, signal })),
    answered(api.listReconciliations({ query: { limit: 1 }, signal })),
  ]);
  const alerts = [...sent.items, ...pending.items];
  const needs = alerts.map(alertNeed);
  const run = runs.items[0];
  if (run && (run.status === 'FAILED' || (run.status === 'BREAKS' && !isTold('BREAKS', alerts)))) {
    const words = run.status === 'BREAKS' ? 'The last reconciliation found breaks' : 'The last reconciliation failed';
    const line = (
      <Link to="/reconciliation/$id" params={{ id: run.runId }}>
        {words}
      </Link>
    );
    needs.push({ key: run.runId, severity: 'CRITICAL', line, at: run.finishedAt });
  }
  needs.push(...approvals.items.map(approvalNeed));
  return { alerts, needs };
}

/** With the dead letters as the rail counts them, the worst first. */
function withLetters({ alerts, needs }: ReadNeeds, deadLetters: number): Need[] {
  const line = <Link to="/dead-letters">{lettersWords(deadLetters)}</Link>;
  const letters: Need = { key: 'dead letters', severity: 'WARNING', line, at: null };
  const isListed = deadLetters > 0 && !isTold('DEAD_LETTERS', alerts);
  return [...needs, ...(isListed ? [letters] : [])].sort((a, b) => (ranks[a.severity] ?? 0) - (ranks[b.severity] ?? 0));
}

function alertNeed({ alertId, severity, message, createdAt }: Alert): Need {
  const line = (
    <Link to="/alerts/$id" params={{ id: alertId }}>
      {message}
    </Link>
  );
  return { key: alertId, severity, line, at: createdAt };
}

function approvalNeed({ approvalId, action, reason, requestedAt }: Approval): Need {
  const line = (
    <Link to="/approvals/$id" params={{ id: approvalId }} search={{ status: 'PENDING' } as never}>
      {stateWords(action)} to be approved{reason ? `: ${reason}` : ''}
    </Link>
  );
  return { key: approvalId, severity: 'WARNING', line, at: requestedAt };
}
