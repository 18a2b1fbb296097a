import type {
  ClosedSecond,
  CommittedFigures,
  LiveEngine,
  LiveFrame,
  LiveGateway,
  LivePayment,
  LiveSnapshot,
  Takeover,
} from '@smart-wallet/engine/contract/live.js';

/** Quiet platform, nothing wrong: each maker takes what a test is about, the rest is unremarkable. */

/** 2026-11-22 12:00:00 UTC. */
export const noon = Date.UTC(2026, 10, 22, 12) / 1_000;

export function figures(about: Partial<CommittedFigures> = {}): CommittedFigures {
  return {
    batches: 0,
    succeeded: 0,
    failed: 0,
    failuresByCode: {},
    countByKind: {},
    sumByCurrency: {},
    latency: [],
    ...about,
  };
}

export function closedSecond(second: number, about: Partial<CommittedFigures> = {}): ClosedSecond {
  return { ...figures(about), second };
}

/** `from` and the `count - 1` seconds after it. */
export function closedSeconds(from: number, count: number, about: Partial<CommittedFigures> = {}): ClosedSecond[] {
  return Array.from({ length: count }, (_, i) => closedSecond(from + i, about));
}

export function frame(about: Partial<LiveFrame> = {}): LiveFrame {
  return {
    gatewayId: 'gateway-1',
    madeAtMs: noon * 1_000,
    seconds: [],
    open: { ...figures(), from: noon, oldestNewAtMs: null },
    movedToday: null,
    partitions: [],
    workers: [],
    gateways: [],
    takeovers: [],
    payments: [],
    sources: { ledgerMs: 0, engineMs: 0 },
    ...about,
  };
}

export function snapshot(history: readonly ClosedSecond[], about: Partial<LiveSnapshot> = {}): LiveSnapshot {
  return {
    gatewayId: 'gateway-1',
    madeAtMs: noon * 1_000,
    environment: 'test',
    targets: { successPercent: 99.5, latencyP99Ms: 200 },
    partitionCount: 4,
    resumed: false,
    history: new TextEncoder().encode(JSON.stringify(history)),
    ...about,
  };
}

export function engine(name: string, about: Partial<LiveEngine> = {}): LiveEngine {
  return {
    workerId: `${name}-id`,
    name,
    heardMsAgo: 0,
    partitions: 0,
    mailboxDepth: 0,
    oldestWaitingMs: null,
    fencedCalls: 0,
    unknownCalls: 0,
    memoryBytes: 0,
    ...about,
  };
}

export function gateway(gatewayId: string, about: Partial<LiveGateway> = {}): LiveGateway {
  return {
    gatewayId,
    url: `http://${gatewayId}.test`,
    heardMsAgo: 0,
    openCommands: 0,
    oldestOpenMs: null,
    notAccepted: {},
    liveConnections: 0,
    ...about,
  };
}

export function takeover(about: Partial<Takeover> = {}): Takeover {
  return { atMs: noon * 1_000, partitions: [0], from: 'one', to: 'two', tookMs: null, planned: false, ...about };
}

export function payment(transactionId: string, about: Partial<LivePayment> = {}): LivePayment {
  return {
    transactionId,
    kind: 'PAYMENT',
    status: 'SUCCESS',
    failureCode: null,
    senderWalletId: 'sender',
    receiverWalletId: 'receiver',
    amount: '125000',
    currency: 'EUR',
    latencyMs: 4,
    senderName: null,
    receiverName: null,
    ...about,
  };
}
