import { type Command, type CommandMessage, type CommandRequest, transferKinds } from './commands.js';
import { currencyExponent } from './currency.js';
import { mintKey } from './digest.js';
import { batchPaymentsMax } from './limits.js';
import { statusChangeHash } from './request-hash.js';
import { isOneOf, isText, isTextOrNull, isTime, isUuid } from './shape.js';
import { isScope, walletStatuses } from './wallet.js';

/**
 * Gateways check what callers send; this only keeps a message of the wrong shape from being taken for a command. Whether its
 * content is right is for the rules and the database to say.
 */
export function readRequests(message: { json<T>(): T }): CommandRequest[] | null {
  try {
    const { requests } = message.json<Partial<CommandMessage>>();
    return Array.isArray(requests) && requests.every(isRequest) ? requests : null;
  } catch {
    return null;
  }
}

/** Whether its commands have the right shape is looked at one by one. */
function isRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, partition, epoch, msLeft, commands } = value as Record<string, unknown>;
  return (
    Number.isSafeInteger(id) &&
    Number.isSafeInteger(partition) &&
    Number.isSafeInteger(epoch) &&
    Array.isArray(commands) &&
    Array.isArray(msLeft) &&
    msLeft.length === commands.length &&
    msLeft.every(Number.isFinite)
  );
}

export function isCommand(value: unknown): value is Command {
  if (typeof value !== 'object' || value === null) return false;
  const c = value as Record<string, unknown>;
  if (!isText(c.caller) || !isTime(c.initiatedAtMs) || !(c.scope === undefined || isScope(c.scope))) return false;
  const keyed = isText(c.idempotencyKey) && isDigest(c.keyDigest) && isDigest(c.requestHash);
  // Gateways of 0.1.0 send these without a key.
  if (c.type === 'STATUS_CHANGE' && c.keyDigest === undefined) return isStatusChange(c);
  return keyed && isCommandType(c.type) && shapes[c.type](c);
}

type Fields = Record<string, unknown>;

/** What is of its own in each type of command. */
const shapes: Readonly<Record<Command['type'], (command: Fields) => boolean>> = {
  TRANSFER: (c) => isPayment(c, c.kind),
  // One of more would fit no call: it would stay at the head of its engine's queue, and all others behind it.
  ATOMIC_BATCH: ({ payments }) =>
    Array.isArray(payments) &&
    payments.length > 0 &&
    payments.length <= batchPaymentsMax &&
    payments.every(isAtomicPayment),
  HOLD: (c) =>
    c.kind === 'HOLD' &&
    isUuid(c.senderWalletId) &&
    isUuid(c.receiverWalletId) &&
    hasTerms(c) &&
    (c.expiresAtMs === null || isTime(c.expiresAtMs)),
  CAPTURE: (c) =>
    isUuid(c.holdId) &&
    isScaledOrNull(c.amount) &&
    typeof c.final === 'boolean' &&
    isScaledIfThere(c.expectedRemaining),
  VOID: (c) => isUuid(c.holdId),
  EXPIRY: (c) => isUuid(c.holdId),
  REFUND: (c) => isOfOriginal(c) && isScaledOrNull(c.amount),
  REVERSAL: (c) => isOfOriginal(c) && isTraced(c),
  STATUS_CHANGE: isStatusChange,
  LIMITS_CHANGE: (c) =>
    isUuid(c.walletId) && isLimits(c) && (c.expectedLimits === undefined || isLimits(c.expectedLimits)) && isTraced(c),
};

function isLimits(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { creditLimit, perPayment, dailyOut, dailyIn } = value as Fields;
  return isScaled(creditLimit) && isScaledOrNull(perPayment) && isScaledOrNull(dailyOut) && isScaledOrNull(dailyIn);
}

function isCommandType(type: unknown): type is Command['type'] {
  return isText(type) && Object.hasOwn(shapes, type);
}

function isStatusChange(c: Fields): boolean {
  return isUuid(c.walletId) && isWalletStatus(c.status) && isTextOrNull(c.reason) && isTraced(c);
}

/** Older gateways say no trace id. */
function isTraced({ traceId }: Fields): boolean {
  return traceId === undefined || (isText(traceId) && traceIdPattern.test(traceId));
}

function isOfOriginal({ originalId, walletId, reason, expectedRefunded }: Fields): boolean {
  return isUuid(originalId) && isUuid(walletId) && isTextOrNull(reason) && isScaledIfThere(expectedRefunded);
}

/**
 * Gateways of 0.1.0 leave out that an atomic batch's payments are PAYMENTs, and send status changes without a key. Once no such
 * gateway runs beside this engine (from 0.3.0 on), this goes.
 */
export function fillIn(command: Command): void {
  if (command.type === 'ATOMIC_BATCH') {
    for (const payment of command.payments) payment.kind ??= 'PAYMENT';
  } else if (command.type === 'STATUS_CHANGE' && command.keyDigest === undefined) {
    Object.assign(command, mintKey(), { requestHash: statusChangeHash(command) });
  }
}

function isAtomicPayment(item: unknown): boolean {
  return isPayment(item, 'PAYMENT') && ['PAYMENT', undefined].includes((item as { kind?: string }).kind);
}

function isPayment(item: unknown, kind: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const p = item as Fields;
  return (
    (kind === 'DEPOSIT' ? p.senderWalletId === null : isUuid(p.senderWalletId)) &&
    (kind === 'WITHDRAWAL' ? p.receiverWalletId === null : isUuid(p.receiverWalletId)) &&
    isTransferKind(kind) &&
    hasTerms(p)
  );
}

function hasTerms({
  amount,
  currency,
  reference,
  description,
  metadata,
  parentTransactionId,
  effectiveAtMs,
}: Fields): boolean {
  return (
    isAmount(amount, currency) &&
    isTextOrNull(reference) &&
    isTextOrNull(description) &&
    isTextOrNull(metadata) &&
    (parentTransactionId === undefined || isUuid(parentTransactionId)) &&
    (effectiveAtMs === undefined || Number.isSafeInteger(effectiveAtMs))
  );
}

const isTransferKind = isOneOf(transferKinds);
const isWalletStatus = isOneOf(walletStatuses);
const amountPattern = /^[1-9]\d{0,17}$/;
const scaledPattern = /^(0|[1-9]\d{0,18})$/;
const digestPattern = /^[0-9a-f]{32}$/;
const traceIdPattern = /^[0-9a-f]{32}$/;

/** Ten-thousandths, zero or more. Whether the currency has so many decimals, its gateway has seen to. */
function isScaled(value: unknown): boolean {
  return isText(value) && scaledPattern.test(value);
}

function isScaledOrNull(value: unknown): boolean {
  return value === null || isScaled(value);
}

function isScaledIfThere(value: unknown): boolean {
  return value === undefined || isScaled(value);
}

/** Ten-thousandths above zero and below 10^14 units, with no more decimals than the currency has. */
function isAmount(amount: unknown, currency: unknown): boolean {
  if (!isText(amount) || !isText(currency) || !amountPattern.test(amount)) return false;
  const exponent = currencyExponent(currency);
  return exponent !== undefined && amount.endsWith('0000'.slice(exponent));
}

function isDigest(value: unknown): boolean {
  return isText(value) && digestPattern.test(value);
}
