import type { EngineHeartbeat } from '@smart-wallet/engine/contract/events.js';
import type { GatewayHeartbeat, LiveEngine, LiveGateway } from '@smart-wallet/engine/contract/live.js';

/** Whoever is silent for this long is gone for good. */
export const memberGoneAfterMs = 15_000;
/** Engines or gateways kept at once; beyond, the longest silent one goes. */
const membersMax = 200;

/** Who sends heartbeats, with the last of each, by id. */
class Members<Beat> {
  readonly #beats = new Map<string, { beat: Beat; heardAtMs: number }>();

  heard(id: string, beat: Beat, nowMs: number): void {
    // The longest silent stands first.
    this.#beats.delete(id);
    this.#beats.set(id, { beat, heardAtMs: nowMs });
    if (this.#beats.size > membersMax) this.#beats.delete(this.#beats.keys().next().value as string);
  }

  /** Sorted by name, so that nobody changes places. */
  live<T>(nowMs: number, show: (beat: Beat, heardMsAgo: number) => T, name: (beat: Beat) => string): T[] {
    for (const [id, { heardAtMs }] of this.#beats) {
      if (nowMs - heardAtMs > memberGoneAfterMs) this.#beats.delete(id);
    }
    return [...this.#beats.values()]
      .sort((a, b) => (name(a.beat) < name(b.beat) ? -1 : 1))
      .map(({ beat, heardAtMs }) => show(beat, Math.max(0, Math.round(nowMs - heardAtMs))));
  }
}

export class LiveEngines {
  readonly #members = new Members<EngineHeartbeat>();

  heard(beat: EngineHeartbeat, nowMs: number): void {
    this.#members.heard(beat.workerId, beat, nowMs);
  }

  list(nowMs: number): LiveEngine[] {
    return this.#members.live(nowMs, showEngine, (beat) => `${beat.workerName} ${beat.workerId}`);
  }
}

export class LiveGateways {
  readonly #members = new Members<GatewayHeartbeat>();

  heard(beat: GatewayHeartbeat, nowMs: number): void {
    this.#members.heard(beat.gatewayId, beat, nowMs);
  }

  list(nowMs: number): LiveGateway[] {
    return this.#members.live(nowMs, showGateway, (beat) => `${beat.url} ${beat.gatewayId}`);
  }
}

function showEngine(beat: EngineHeartbeat, heardMsAgo: number): LiveEngine {
  const { workerId, workerName, partitions, oldestWaitingMs, fencedCalls, unknownCalls, memoryBytes } = beat;
  return {
    workerId,
    name: workerName,
    heardMsAgo,
    partitions: partitions.length,
    standsBy: beat.standsBy === true,
    mailboxDepth: partitions.reduce((sum, [, , depth]) => sum + depth, 0),
    oldestWaitingMs,
    fencedCalls,
    unknownCalls,
    memoryBytes,
  };
}

function showGateway(beat: GatewayHeartbeat, heardMsAgo: number): LiveGateway {
  const { gatewayId, url, openCommands, oldestOpenMs, notAccepted, liveConnections } = beat;
  return { gatewayId, url, heardMsAgo, openCommands, oldestOpenMs, notAccepted, liveConnections };
}
