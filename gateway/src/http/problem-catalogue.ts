import type { NotDoneCode, RefusalCode, RejectionCode } from '@smart-wallet/engine/contract/rejection.js';

interface ProblemKind {
  status: number;
  title: string;
  /** For `Retry-After`: worth asking again. */
  retryAfterSeconds?: number;
}

/** What the engine can say: without a text for each, this does not compile. NOT_OWNER never reaches a caller. */
type EngineCode = RefusalCode | RejectionCode | Exclude<NotDoneCode, 'NOT_OWNER'>;

/** Every code that an error answer can carry. A retired code is never reused. */
export const problemKinds = {
  // Recorded by the engine and replayed with the key.
  INSUFFICIENT_FUNDS: { status: 422, title: 'Insufficient funds' },
  WALLET_NOT_ACTIVE: { status: 422, title: 'A wallet is not active' },
  CURRENCY_MISMATCH: { status: 422, title: 'A wallet has another currency' },
  BALANCE_LIMIT_EXCEEDED: { status: 422, title: 'The balance would exceed its limit' },
  BATCH_REFUSED: { status: 422, title: 'A payment of the batch was refused' },

  // Refused by the engine; nothing is recorded and no key is used up.
  WALLET_NOT_FOUND: { status: 404, title: 'Wallet not found' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key belongs to another request' },
  ILLEGAL_STATUS_CHANGE: { status: 409, title: 'The wallet cannot change to that status' },
  WALLET_NOT_EMPTY: { status: 409, title: 'The wallet still holds money' },

  // This request did nothing; an earlier one with the same key may have.
  PARTITION_UNAVAILABLE: { status: 503, title: 'No engine owns the partition at the moment', retryAfterSeconds: 1 },
  OVERLOADED: { status: 503, title: 'Too many requests are waiting', retryAfterSeconds: 1 },
  STORAGE_UNAVAILABLE: { status: 503, title: 'The database does not answer', retryAfterSeconds: 2 },
  DEADLINE_EXCEEDED: { status: 503, title: 'The time was over before it was done', retryAfterSeconds: 1 },
  COMMAND_FAULT: { status: 500, title: 'The engine could not read the command' },

  // Perhaps done.
  OUTCOME_UNKNOWN: { status: 504, title: 'The outcome is unknown: ask again with the same key' },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this key is still in progress',
    retryAfterSeconds: 1,
  },

  // Refused by the gateway.
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  MALFORMED_JSON: { status: 400, title: 'The body is not a JSON object that can be read' },
  MALFORMED_REQUEST: { status: 400, title: 'The HTTP request cannot be read' },
  IDEMPOTENCY_KEY_MISSING: { status: 400, title: 'The Idempotency-Key header is missing' },
  UNAUTHENTICATED: { status: 401, title: 'A valid bearer token is required' },
  FORBIDDEN: { status: 403, title: 'The token is not good for this' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is nothing at this address' },
  PAYMENT_NOT_FOUND: { status: 404, title: 'Payment not found' },
  TRANSACTION_NOT_FOUND: { status: 404, title: 'Transaction not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  WALLET_EXISTS: { status: 409, title: 'Another wallet has this id' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request is too large' },
  URI_TOO_LONG: { status: 414, title: 'The address is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<EngineCode, ProblemKind> & Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;

export function problemKind(code: ProblemCode): ProblemKind {
  return problemKinds[code];
}

/** What can be wrong with the HTTP request itself, at any address: no operation lists them one by one. */
export const anyAddressCodes = [
  'MALFORMED_REQUEST',
  'ROUTE_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
] as const satisfies ProblemCode[];
