import type { WalletClient } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { countLettersWaiting } from '../../api/letters-waiting.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';

/** How much of each kind needs a person; null: not known yet. Up to `countedMax`. */
export interface Waiting {
  readonly alerts: number | null;
  readonly approvals: number | null;
  readonly deadLetters: number | null;
  /** Whether the last reconciliation found breaks, or came to no end. */
  readonly breaks: number | null;
  /** Those that the platform stopped. */
  readonly webhooks: number | null;
}

export const countedMax = 100;
const everyMs = 5_000;

export function useWaiting(): Waiting {
  const { platform } = useSigned();
  const { data } = useQuery({
    queryKey: ['waiting'],
    queryFn: ({ signal }) => readWaiting(platform, signal),
    refetchInterval: everyMs,
  });
  return data ?? { alerts: null, approvals: null, deadLetters: null, breaks: null, webhooks: null };
}

async function readWaiting({ api }: WalletClient, signal: AbortSignal): Promise<Waiting> {
  const [pending, sent, approvals, deadLetters, runs, paused] = await Promise.all([
    answered(api.listAlerts({ query: { status: 'PENDING', limit: countedMax }, signal })),
    answered(api.listAlerts({ query: { status: 'SENT', limit: countedMax }, signal })),
    answered(api.listApprovals({ query: { status: 'PENDING', limit: countedMax }, signal })),
    countLettersWaiting({ api }, signal),
    answered(api.listReconciliations({ query: { limit: 1 }, signal })),
    answered(api.listWebhooks({ query: { status: 'PAUSED', limit: countedMax }, signal })),
  ]);
  return {
    ...{ alerts: pending.items.length + sent.items.length, approvals: approvals.items.length, deadLetters },
    breaks: runs.items.filter(({ status }) => status === 'BREAKS' || status === 'FAILED').length,
    webhooks: paused.items.filter(({ statusBy }) => statusBy === 'platform').length,
  };
}
