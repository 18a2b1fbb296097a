import { checkRefunds } from '../checks/refunds.js';
import { lowestId, type Phase } from '../phase.js';
import { readRefundTotals } from '../reads/refund-sums.js';

/** Every total of what was paid back: also one that nothing was paid back for. */
export function refundTotalsPhase(): Phase {
  return {
    name: 'refunds',
    begin: () => ({ after: lowestId }),
    async chunk({ after }: { after: string }, { client, plan, size }) {
      const most = Math.max(10, Math.floor(size / 5));
      const sums = await readRefundTotals(client, after, most);
      const isArchived = (id: string) => plan.archivedBelow !== null && id < plan.archivedBelow;
      const last = sums.at(-1);
      return {
        next: last && sums.length === most ? { after: last.originalId } : null,
        breaks: sums.filter(({ originalId }) => !isArchived(originalId)).flatMap(checkRefunds),
      };
    },
  };
}
