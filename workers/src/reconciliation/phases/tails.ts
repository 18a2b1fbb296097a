import { checkEngineEnd, checkWitnessed } from '../checks/chain-tail.js';
import { checkMonths } from '../checks/missing-months.js';
import { lowestId, type Phase } from '../phase.js';
import { readEngineEnds, readWitnessedHeads } from '../reads/chain-ends.js';

const rowsMax = 1_000;

type State = { of: 'engines'; after: string } | { of: 'witnesses'; after: [string, string] };

/** The ends of all chains, and all heads that somebody saw. */
export function tailsPhase(): Phase {
  return {
    name: 'tails',
    begin: (): State => ({ of: 'engines', after: lowestId }),
    async chunk(state: State, { client, plan }) {
      if (state.of === 'engines') {
        const ends = await readEngineEnds(client, state.after, rowsMax);
        const breaks = ends.flatMap(checkEngineEnd);
        if (state.after === lowestId) breaks.push(...checkMonths(plan));
        const last = ends.at(-1);
        if (last && ends.length === rowsMax) return { next: { of: 'engines', after: last.engineId } as State, breaks };
        return { next: { of: 'witnesses', after: [lowestId, '0'] } as State, breaks };
      }
      const heads = await readWitnessedHeads(client, state.after, rowsMax);
      const last = heads.at(-1);
      const next: State | null =
        last && heads.length === rowsMax ? { of: 'witnesses', after: [last.engineId, last.batchSeq] } : null;
      return { next, breaks: heads.flatMap(checkWitnessed) };
    },
  };
}
