import { Counter, Gauge, type Registry } from 'prom-client';

/** What Prometheus asks of the relay. Nothing of it decides anything. */
export interface RelayFigures {
  readonly epoch: number | null;
  readonly unconfirmed: number;
  readonly heldBack: boolean;
  readonly stoppedPartitions: number;
  readonly stoppedEngines: number;
  readonly published: number;
  readonly repeated: number;
  readonly refused: number;
  readonly lag: { readonly seconds: number; readonly batches: number } | null;
}

export function registerRelayMetrics(registry: Registry, read: () => RelayFigures): void {
  const gauge = (name: string, help: string, value: (figures: RelayFigures) => number) =>
    new Gauge({
      ...{ name: `wallet_relay_${name}`, help, registers: [registry] },
      collect() {
        this.set(value(read()));
      },
    });
  gauge('epoch', 'The epoch at which this program is the relay; 0: it stands by.', ({ epoch }) => epoch ?? 0);
  gauge('lag_seconds', 'Age of the oldest batch that the broker has not confirmed.', ({ lag }) => lag?.seconds ?? 0);
  gauge('lag_batches', 'Batches that the broker has not confirmed.', ({ lag }) => lag?.batches ?? 0);
  gauge('unconfirmed_messages', 'Messages that wait for the broker.', ({ unconfirmed }) => unconfirmed);
  gauge('held_back', '1: a queue is full, and the relay waits for it.', ({ heldBack }) => Number(heldBack));
  gauge('stopped_partitions', 'Partitions whose events stopped.', ({ stoppedPartitions }) => stoppedPartitions);
  gauge('stopped_engines', 'Engines whose events stopped.', ({ stoppedEngines }) => stoppedEngines);
  const counter = (name: string, help: string, value: (figures: RelayFigures) => number) => {
    let before = 0;
    new Counter({
      ...{ name: `wallet_relay_${name}_total`, help, registers: [registry] },
      collect() {
        const now = value(read());
        this.inc(Math.max(0, now - before));
        before = now;
      },
    });
  };
  counter('published_events', 'Events that the broker confirmed.', ({ published }) => published);
  counter(
    'repeated_messages',
    'Messages that were sent again after a connection was lost.',
    ({ repeated }) => repeated,
  );
  counter('refused_messages', 'Messages that a full or lost queue did not take.', ({ refused }) => refused);
}
