import type { WalletClient } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { plural } from '../figures/format.js';
import { answered } from './platform.js';
import { useSigned } from './use-platform.js';

/** As many are counted at most. */
export const lettersCountedMax = 100;
const everyMs = 5_000;

/** How many dead letters nobody has looked after: of the table that their page shows, not of the broker's queue, which they leave for it. */
export async function countLettersWaiting({ api }: Pick<WalletClient, 'api'>, signal: AbortSignal): Promise<number> {
  const { items } = await answered(api.listDeadLetters({ query: { limit: lettersCountedMax }, signal }));
  return items.filter(({ status }) => status === 'WAITING').length;
}

/** null: not known yet. */
export function useLettersWaiting(): number | null {
  const { platform } = useSigned();
  const { data } = useQuery({
    queryKey: ['letters waiting'],
    queryFn: ({ signal }) => countLettersWaiting(platform, signal),
    refetchInterval: everyMs,
  });
  return data ?? null;
}

export function lettersWords(count: number): string {
  return count < lettersCountedMax ? plural(count, 'dead letter') : `${lettersCountedMax} dead letters or more`;
}
