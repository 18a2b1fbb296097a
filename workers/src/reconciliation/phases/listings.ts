import { checkUnlisted } from '../checks/listed.js';
import { lowestId, type Phase } from '../phase.js';
import { readNextIds, readUnlisted } from '../reads/unlisted.js';

/** Every transaction is listed by its batch: in the order of ids, which is about that of time, neighbours are of a few batches. */
export function listingsPhase(): Phase {
  return {
    name: 'listings',
    begin: () => ({ after: lowestId }),
    async chunk({ after }: { after: string }, { client, size }) {
      const { last, count } = await readNextIds(client, after, size);
      if (last === null) return { next: null, breaks: [] };
      const breaks = checkUnlisted(await readUnlisted(client, after, last));
      return { next: count === size ? { after: last } : null, breaks };
    },
  };
}
