import {
  type BatchCommitted,
  type EngineHeartbeat,
  eventSampleMax,
  latencyBoundsMs,
  type OwnershipEvent,
  ownershipChanges,
} from './events.js';
import type { GatewayHeartbeat } from './live.js';
import { isCount, isOneOf, isRecord, isUuid } from './shape.js';
import { transactionStatuses } from './transaction-status.js';

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
const isOwnershipChange = isOneOf(ownershipChanges);
const isStatus = isOneOf(transactionStatuses);

export function isBatchCommitted(value: unknown): value is BatchCommitted {
  if (!isRecord(value) || !isName(value.workerId) || !isCount(value.committedAtMs)) return false;
  const { figures, latency, sample } = value;
  return (
    isRecord(figures) &&
    isCount(figures.succeeded) &&
    isCount(figures.failed) &&
    isRecordOf(figures.failuresByCode, isCount) &&
    isRecordOf(figures.countByKind, isCount) &&
    isRecordOf(figures.sumByCurrency, isDigits) &&
    (figures.countByCurrency === undefined || isRecordOf(figures.countByCurrency, isCount)) &&
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
    isOwnershipChange(value.type) &&
    isCount(value.partition) &&
    isCount(value.epoch) &&
    isName(value.workerId) &&
    isName(value.workerName)
  );
}

export function isEngineHeartbeat(value: unknown): value is EngineHeartbeat {
  return (
    isRecord(value) &&
    isName(value.workerId) &&
    isName(value.workerName) &&
    Array.isArray(value.partitions) &&
    value.partitions.length <= partitionsMax &&
    value.partitions.every((held) => Array.isArray(held) && held.length === 3 && held.every(isCount)) &&
    (value.standsBy === undefined || typeof value.standsBy === 'boolean') &&
    isCountOrNull(value.oldestWaitingMs) &&
    isCount(value.fencedCalls) &&
    isCount(value.unknownCalls) &&
    isCount(value.memoryBytes)
  );
}

export function isGatewayHeartbeat(value: unknown): value is GatewayHeartbeat {
  return (
    isRecord(value) &&
    isName(value.gatewayId) &&
    isName(value.url) &&
    isCount(value.openCommands) &&
    isCountOrNull(value.oldestOpenMs) &&
    isRecordOf(value.notAccepted, isCount) &&
    isCount(value.liveConnections)
  );
}

function isSampledTransaction(value: unknown): boolean {
  return (
    isRecord(value) &&
    isName(value.transactionId) &&
    isName(value.kind) &&
    isStatus(value.status) &&
    (value.failureCode === null || isName(value.failureCode)) &&
    isUuid(value.senderWalletId) &&
    isUuid(value.receiverWalletId) &&
    isDigits(value.amount) &&
    isName(value.currency) &&
    isCount(value.latencyMs)
  );
}

function isRecordOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= keysMax && entries.every(([key, one]) => key.length <= keyCharsMax && isOne(one));
}

/** Names and ids; nothing longer is meant to be shown. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 255;
}

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && digits.test(value);
}

function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value);
}
