import { checkBatches } from '../batch-check.js';
import type { ChainEnd } from '../checks/hash-chain.js';
import type { Phase } from '../phase.js';
import type { EngineStretch } from '../plan.js';
import { readBatches } from '../reads/batch-rows.js';
import { WalletCurrencies } from '../wallet-currencies.js';

interface State {
  /** Which of the plan's engines. */
  engine: number;
  seq: string;
  said: string;
  computed: string;
  /** Transactions in a batch, lately: how many batches fit into a chunk. */
  batchSize: number;
}

/** Every engine's batches in order, with their transactions: those behind the last checkpoint, or all. */
export function batchesPhase(): Phase {
  const currencies = new WalletCurrencies();
  return {
    name: 'batches',
    begin: ({ engines }) => (engines[0] ? atStart(0, engines[0], 50) : null),
    async chunk(state: State, { client, plan, size }) {
      const engine = plan.engines[state.engine] as EngineStretch;
      const most = Math.max(1, Math.min(500, Math.floor(size / Math.max(state.batchSize, 1))));
      const range = { after: BigInt(state.seq), upTo: BigInt(engine.toSeq), most, transactionsMax: size };
      const batches = await readBatches(client, engine.engineId, range);
      const { archivedBelow } = plan;
      const checked = await checkBatches({ client, currencies, archivedBelow }, batches, endOf(state));
      const batchSize = batches.length === 0 ? state.batchSize : Math.ceil(checked.transactions / batches.length);
      const isOver = batches.length === 0 || checked.end.seq >= BigInt(engine.toSeq);
      const following = plan.engines[state.engine + 1];
      const next = isOver
        ? following
          ? atStart(state.engine + 1, following, batchSize)
          : null
        : { engine: state.engine, ...textOf(checked.end), batchSize };
      const { breaks, touched, transactions } = checked;
      return {
        ...{ next, breaks, transactions, batches: batches.length },
        ...(plan.mode === 'incremental' && { touched }),
      };
    },
  };
}

function atStart(engine: number, { fromSeq, fromHead }: EngineStretch, batchSize: number): State {
  return { engine, seq: fromSeq, said: fromHead, computed: fromHead, batchSize };
}

function endOf({ seq, said, computed }: State): ChainEnd {
  return { seq: BigInt(seq), said: Buffer.from(said, 'hex'), computed: Buffer.from(computed, 'hex') };
}

function textOf({ seq, said, computed }: ChainEnd) {
  return { seq: seq.toString(), said: said.toString('hex'), computed: computed.toString('hex') };
}
