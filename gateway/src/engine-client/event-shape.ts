import {
  type BatchCommitted,
  type EngineHeartbeat,
  eventSampleMax,
  latencyBoundsMs,
  type OwnershipEvent,
} from '@smart-wallet/engine/contract/events.js';
import type { GatewayHeartbeat } from '@smart-wallet/engine/contract/live.js';

/*
 * Whether what came over NATS has the shape that is read here. By hand: a batch is heard hundreds of times a second, and
 * whatever else shares the server must not be able to put a NaN on a screen or end the program.
 */

/** Kinds, failure codes and currencies of one batch; problem codes of one gateway. */
const keysMax = 200;
const keyCharsMax = 64;
/** Partitions of one engine: more than any platform has. */
const partitionsMax = 4_096;
const digits = /^\d{1,40}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isBatchCommitted(value: unknown): value is BatchCommitted {
  if (!isRecord(value) || !isText(value.workerId) || !isCount(value.committedAtMs)) return false;
  const { figures, latency, sample } = value;
  return (
    isRecord(figures) &&
    isCount(figures.succeeded) &&
    isCount(figures.failed) &&
    isRecordOf(figures.failuresByCode, isCount) &&
    isRecordOf(figures.countByKind, isCount) &&
    isRecordOf(figures.sumByCurrency, isDigits) &&
    Array.isArray(latency) &&
    latency.length <= latencyBoundsMs.length + 1 &&
    latency.every(isCount) &&
    Array.isArray(sample) &&
    sample.length <= eventSampleMax &&
    sample.every(isSampledTransaction)
  );
}

export function isOwnershipEvent(value: unknown): value is OwnershipEvent {
  return (
    isRecord(value) &&
    (value.type === 'CLAIMED' || value.type === 'RELEASED' || value.type === 'LOST') &&
    isCount(value.partition) &&
    isCount(value.epoch) &&
    isText(value.workerId) &&
    isText(value.workerName)
  );
}

export function isEngineHeartbeat(value: unknown): value is EngineHeartbeat {
  return (
    isRecord(value) &&
    isText(value.workerId) &&
    isText(value.workerName) &&
    Array.isArray(value.partitions) &&
    value.partitions.length <= partitionsMax &&
    value.partitions.every((held) => Array.isArray(held) && held.length === 3 && held.every(isCount)) &&
    isCountOrNull(value.oldestWaitingMs) &&
    isCount(value.fencedCalls) &&
    isCount(value.unknownCalls) &&
    isCount(value.memoryBytes)
  );
}

export function isGatewayHeartbeat(value: unknown): value is GatewayHeartbeat {
  return (
    isRecord(value) &&
    isText(value.gatewayId) &&
    isText(value.url) &&
    isCount(value.openCommands) &&
    isCountOrNull(value.oldestOpenMs) &&
    isRecordOf(value.notAccepted, isCount) &&
    isCount(value.liveConnections)
  );
}

function isSampledTransaction(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.transactionId) &&
    isText(value.kind) &&
    (value.status === 'SUCCESS' || value.status === 'FAILED') &&
    (value.failureCode === null || isText(value.failureCode)) &&
    isUuid(value.senderWalletId) &&
    isUuid(value.receiverWalletId) &&
    isDigits(value.amount) &&
    isText(value.currency) &&
    isCount(value.latencyMs)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isRecordOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= keysMax && entries.every(([key, one]) => key.length <= keyCharsMax && isOne(one));
}

/** Names and ids; nothing longer is meant to be shown. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 255;
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && uuid.test(value);
}

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && digits.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value);
}
