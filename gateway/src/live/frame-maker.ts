import type { ClosedSecond, LiveFrame, LiveGateway, NeedsPerson } from '@smart-wallet/engine/contract/live.js';
import type { LiveEngines, LiveGateways } from './live-members.js';
import type { MovedToday } from './moved-today.js';
import type { OpenFigures } from './open-figures.js';
import type { PartitionOwners } from './partition-owners.js';
import type { PaymentSample } from './payment-sample.js';
import type { Takeovers } from './takeovers.js';

export interface FrameSources {
  open: OpenFigures;
  movedToday: MovedToday;
  owners: PartitionOwners;
  engines: LiveEngines;
  gateways: LiveGateways;
  takeovers: Takeovers;
  payments: PaymentSample;
  needsPerson(): NeedsPerson | null;
  /** This gateway itself. */
  self(): LiveGateway;
  ledgerAgeMs(): number | null;
  engineAgeMs(nowMs: number): number | null;
}

/** A frame but for its seconds, which differ by connection. */
export type FrameState = Omit<LiveFrame, 'seconds'>;

/** Takes what is new from every source: what one frame tells is not told again. */
export function makeFrameState(sources: FrameSources, nowMs: number): FrameState {
  const madeAtMs = Date.now();
  const self = sources.self();
  const others = sources.gateways.list(nowMs).filter(({ gatewayId }) => gatewayId !== self.gatewayId);
  return {
    gatewayId: self.gatewayId,
    madeAtMs,
    open: sources.open.take(madeAtMs),
    movedToday: sources.movedToday.figures(),
    partitions: sources.owners.partitions(nowMs),
    workers: sources.engines.list(nowMs),
    gateways: [self, ...others],
    takeovers: sources.takeovers.newestFirst(madeAtMs),
    payments: sources.payments.take(),
    sources: { ledgerMs: sources.ledgerAgeMs(), engineMs: sources.engineAgeMs(nowMs) },
    needsPerson: sources.needsPerson(),
  };
}

export function withSeconds(state: FrameState, seconds: ClosedSecond[]): LiveFrame {
  return { ...state, seconds };
}
