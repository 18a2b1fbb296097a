import { QueryClient } from '@tanstack/react-query';
import { isFinal } from '../../api/platform.js';
import { SessionEnded } from '../../session/ops-session.js';

const againMs = 3_000;

/** What has been read is shown, dimmed, while it cannot be read anew: a page is never emptied by an outage. */
export function openQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        retry: (count, fault) => !isFinal(fault) && !isSessionEnd(fault) && count < 2,
        retryDelay: againMs,
        refetchOnWindowFocus: true,
        // The browser's guess at being online is of no use for a platform in the same building.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}

function isSessionEnd(fault: unknown): boolean {
  return fault instanceof Error && (fault instanceof SessionEnded || fault.cause instanceof SessionEnded);
}
