import type { NotDoneCode, RefusalCode, RejectionCode } from '@smart-wallet/engine/contract/rejection.js';

interface ProblemKind {
  status: number;
  title: string;
  /** For its page: what happened, and what the caller does now. */
  meaning: string;
  remedy: string;
  /** For `Retry-After`: worth asking again. `VARIES`: each answer says for itself. */
  retryAfterSeconds?: number | 'VARIES';
}

/** What the engine can say: without a text for each, this does not compile. NOT_OWNER never reaches a caller. */
type EngineCode = RefusalCode | RejectionCode | Exclude<NotDoneCode, 'NOT_OWNER'>;

/** Every code that an error answer can carry. A retired code is never reused. */
export const problemKinds = {
  // Refused by the engine: recorded, and replayed with the key.
  INSUFFICIENT_FUNDS: {
    status: 422,
    title: 'Insufficient funds',
    meaning:
      'The wallet that pays has less money available, with its credit limit, than the payment takes. The refusal is recorded as a FAILED transaction.',
    remedy: 'Bring money in, or pay less. Use a new idempotency key: the old one answers with this refusal again.',
  },
  WALLET_NOT_ACTIVE: {
    status: 422,
    title: 'A wallet is not active',
    meaning:
      'One of the wallets is not ACTIVE, and only ACTIVE wallets send and receive. The refusal is recorded as a FAILED transaction.',
    remedy: 'Have the wallet made ACTIVE, then ask with a new idempotency key.',
  },
  CURRENCY_MISMATCH: {
    status: 422,
    title: 'A wallet has another currency',
    meaning:
      'The request names another currency than a wallet has. Nothing is converted here. The refusal is recorded as a FAILED transaction.',
    remedy: 'Send the currency of both wallets, with a new idempotency key.',
  },
  BALANCE_LIMIT_EXCEEDED: {
    status: 422,
    title: 'The balance would exceed its limit',
    meaning:
      'The balance of the receiving wallet would grow beyond what a wallet can hold. The refusal is recorded as a FAILED transaction.',
    remedy: 'Pay into another wallet, or empty this one first. Use a new idempotency key.',
  },
  BATCH_REFUSED: {
    status: 422,
    title: 'A payment of the batch was refused',
    meaning: 'A payment of the atomic batch was refused, so none was made. All of them are recorded as FAILED.',
    remedy:
      'Look at results for the payments that have a code of their own, mend or leave them out, and send the batch with a new idempotency key.',
  },
  HOLD_NOT_OPEN: {
    status: 422,
    title: 'The hold has ended',
    meaning: 'The hold was captured in full, or given up. The refusal is recorded as a FAILED transaction.',
    remedy: 'Read the hold. For another payment, make a new hold, or pay without one.',
  },
  HOLD_EXPIRED: {
    status: 422,
    title: 'The hold has expired',
    meaning:
      'The hold\u2019s time was over, and its money is available to the payer again. The refusal is recorded as a FAILED transaction.',
    remedy: 'Make a new hold, with an expiresAt that leaves time enough, or pay without one.',
  },
  CAPTURE_EXCEEDS_HOLD: {
    status: 422,
    title: 'The capture is more than what remains',
    meaning:
      'More was asked for than remains of the hold, which stays as it is. The refusal is recorded as a FAILED transaction.',
    remedy: 'Read the hold for what remains, and capture no more than that, with a new idempotency key.',
  },
  TOO_MANY_CAPTURES: {
    status: 422,
    title: 'The hold was captured too often',
    meaning: 'A hold is captured a hundred times at most. The refusal is recorded as a FAILED transaction.',
    remedy: 'Void the hold, and make a new one for what is still to be paid.',
  },
  NOT_REFUNDABLE: {
    status: 422,
    title: 'This cannot be refunded',
    meaning: 'Only payments and captures that succeeded are refunded. The refusal is recorded as a FAILED transaction.',
    remedy: 'Refund the payment itself. A deposit or a withdrawal can be reversed by an operator.',
  },
  REFUND_EXCEEDS_REMAINING: {
    status: 422,
    title: 'The refund is more than what is left',
    meaning: 'All refunds together are never more than what was paid. The refusal is recorded as a FAILED transaction.',
    remedy:
      'See detail for what is left, and refund no more than that, with a new idempotency key. A payment that is read tells it, too, as refundable.',
  },
  TOO_MANY_REFUNDS: {
    status: 422,
    title: 'The payment was refunded too often',
    meaning: 'A payment is refunded a hundred times at most. The refusal is recorded as a FAILED transaction.',
    remedy: 'Have an operator reverse what is left.',
  },
  NOT_REVERSIBLE: {
    status: 422,
    title: 'This cannot be reversed',
    meaning:
      'Only payments, captures, deposits and withdrawals that succeeded are reversed. The refusal is recorded as a FAILED transaction.',
    remedy: 'Reverse the transaction that moved the money. A hold is voided.',
  },
  NOTHING_LEFT_TO_REVERSE: {
    status: 422,
    title: 'Nothing is left to reverse',
    meaning: 'All that the transaction paid was paid back already. The refusal is recorded as a FAILED transaction.',
    remedy: 'Nothing is to be done. Its refunds name it as their parentTransactionId.',
  },
  PAYMENT_LIMIT_EXCEEDED: {
    status: 422,
    title: 'The payment is above the wallet\u2019s limit',
    meaning:
      'The wallet that pays has a limit for a single payment, hold or withdrawal, and this one is above it. The refusal is recorded as a FAILED transaction.',
    remedy: 'Pay less, or have an operator raise perPayment. Use a new idempotency key.',
  },
  DAILY_OUT_LIMIT_EXCEEDED: {
    status: 422,
    title: 'The wallet\u2019s limit for today is used up',
    meaning:
      'The wallet that pays has a limit for what goes out in a UTC day, holds included, and less than this is left of it. The refusal is recorded as a FAILED transaction.',
    remedy:
      'Wait for the next UTC day, or have an operator raise dailyOut. GET /api/wallets/{id}/limits says what is left. Use a new idempotency key.',
  },
  DAILY_IN_LIMIT_EXCEEDED: {
    status: 422,
    title: 'The receiver\u2019s limit for today is used up',
    meaning:
      'The wallet that receives has a limit for what comes in in a UTC day, and less than this is left of it. The refusal is recorded as a FAILED transaction.',
    remedy: 'Wait for the next UTC day, or have an operator raise dailyIn. Use a new idempotency key.',
  },
  CREDIT_LIMIT_IN_USE: {
    status: 422,
    title: 'The credit is in use',
    meaning:
      'The wallet is further below zero than the credit limit that was asked for. Its limits stay as they are, and the refusal is the answer to this key.',
    remedy: 'Bring money in first, or choose a higher credit limit. Use a new idempotency key.',
  },

  // Rejected by the engine: nothing is recorded and no key is used up.
  WALLET_NOT_FOUND: {
    status: 404,
    title: 'Wallet not found',
    meaning: 'There is no wallet with this id. Nothing was recorded, and the idempotency key is not used up.',
    remedy: 'Check the id. If the wallet is about to be created, ask again afterwards, with the same key.',
  },
  HOLD_NOT_FOUND: {
    status: 404,
    title: 'Hold not found',
    meaning: 'There is no hold with this id. Nothing was recorded, and the idempotency key is not used up.',
    remedy: 'Check the id: it is the holdId of the answer to POST /api/holds.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key belongs to another request',
    meaning: 'This idempotency key was sent before with another request, which it belongs to. Nothing was done.',
    remedy: 'Use a new key for a new request. To ask again for the old one, send exactly its body.',
  },
  ANSWER_ARCHIVED: {
    status: 410,
    title: 'The answer has been archived',
    meaning:
      'This idempotency key was answered long ago, and the transaction that it made has since been taken out of the ledger. Nothing was done again.',
    remedy: 'Look the payment up in the archive. Use a new key only for a new payment.',
  },
  ILLEGAL_STATUS_CHANGE: {
    status: 409,
    title: 'The wallet cannot change to that status',
    meaning:
      'A wallet in its present status cannot change to the one that was asked for: CREATED becomes ACTIVE, ACTIVE and SUSPENDED become each other, and CLOSED is final.',
    remedy: 'Read the wallet to see its status, and choose another one.',
  },
  WALLET_NOT_EMPTY: {
    status: 409,
    title: 'The wallet is not empty',
    meaning: 'Only a wallet that has nothing, owes nothing and holds nothing can be closed.',
    remedy:
      'Capture or void its holds. Then move its money elsewhere, or bring in what it is below zero, and close it.',
  },

  // Of what needs another person's approval.
  APPROVAL_STALE: {
    status: 422,
    title: 'What it was approved for has changed',
    meaning:
      'What was to be done was judged by a state (what was paid back, what remains of a hold, limits, a user) that is another one now, so it was not done and never will be under this key. Who approves it hears so with 409.',
    remedy: 'Look at the present state, and ask anew, with a new idempotency key, if it is still to be done.',
  },

  APPROVAL_REJECTED: {
    status: 422,
    title: 'The approval was rejected',
    meaning:
      'Another person was asked to approve this, and said no. Nothing was done, and never will be under this key.',
    remedy: 'See detail for why. Ask anew, with a new idempotency key, once that is mended.',
  },
  APPROVAL_EXPIRED: {
    status: 422,
    title: 'Nobody decided in time',
    meaning:
      'This needed another person\u2019s approval, and nobody decided within a day. Nothing was done, and never will be under this key. Who decides too late hears so with 409.',
    remedy: 'Ask anew, with a new idempotency key, and tell somebody who may decide.',
  },

  // This request did nothing; an earlier one with the same key may have.
  PARTITION_UNAVAILABLE: {
    status: 503,
    title: 'No engine owns the partition at the moment',
    retryAfterSeconds: 1,
    meaning:
      'This request did nothing: at the moment no engine serves the wallet that it is about. Another engine takes over, mostly within a second or two.',
    remedy: 'Ask again after Retry-After, with the same idempotency key.',
  },
  UPGRADE_UNDER_WAY: {
    status: 503,
    title: 'The platform is being upgraded',
    retryAfterSeconds: 2,
    meaning:
      'This request did nothing: engines of a version that does not know how to do it are being replaced. Payments go on, but for callers that are bound to a scope.',
    remedy: 'Ask again after Retry-After, with the same idempotency key.',
  },
  OVERLOADED: {
    status: 503,
    title: 'Too many requests are waiting',
    retryAfterSeconds: 1,
    meaning: 'This request did nothing: too many, or too much, is waiting already.',
    remedy: 'Ask again after Retry-After, with the same idempotency key, and more slowly.',
  },
  STORAGE_UNAVAILABLE: {
    status: 503,
    title: 'The database does not answer',
    retryAfterSeconds: 2,
    meaning: 'The database does not answer, or takes no writes at the moment. This request did nothing.',
    remedy: 'Ask again after Retry-After, with the same idempotency key.',
  },
  IDENTITY_UNAVAILABLE: {
    status: 503,
    title: 'The identity provider does not answer',
    retryAfterSeconds: 5,
    meaning:
      'This request did nothing: the keys of the identity provider that minted the token could not be read since this gateway started.',
    remedy: 'Ask again after Retry-After, with the same idempotency key.',
  },
  DEADLINE_EXCEEDED: {
    status: 503,
    title: 'The time was over before it was done',
    retryAfterSeconds: 1,
    meaning: 'This request did nothing: its time was over while it waited.',
    remedy: 'Ask again after Retry-After, with the same idempotency key.',
  },
  COMMAND_FAULT: {
    status: 500,
    title: 'The engine could not read the command',
    meaning: 'The engine could not read what the gateway sent it. This request did nothing. It is a fault on our side.',
    remedy: 'Tell those who run the platform the traceId. Asking again does not help.',
  },

  // Perhaps done.
  OUTCOME_UNKNOWN: {
    status: 504,
    title: 'The outcome is unknown: ask again with the same key',
    meaning: 'No answer came in time, so nobody knows yet whether it was done.',
    remedy:
      'Ask again with the same idempotency key and body until the answer is another one: nothing is done twice. GET /api/payments?idempotencyKey= tells what became of a key.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this key is still in progress',
    retryAfterSeconds: 1,
    meaning: 'The first request with this key has not been answered yet.',
    remedy: 'Ask again after Retry-After, with the same idempotency key and body.',
  },

  // Rejected by the gateway, before an engine is asked.
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    meaning: 'The request is not valid. Nothing was done, and the idempotency key is not used up.',
    remedy: 'See errors: each names a field, the rule that it breaks, and what is expected. Mend them and ask again.',
  },
  MALFORMED_JSON: {
    status: 400,
    title: 'The body is not a JSON object that can be read',
    meaning: 'The body is not a JSON object that can be read: it is empty, broken, not UTF-8 or nested too deeply.',
    remedy: 'Send one JSON object in UTF-8: {} where no field is needed, as to void a hold.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    title: 'The HTTP request cannot be read',
    meaning:
      'What arrived is not HTTP as it should be, for example an address with a bad percent escape, or a header that came twice.',
    remedy: 'See detail. It is mostly a proxy or a home-made client that writes it.',
  },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    title: 'The Idempotency-Key header is missing',
    meaning: 'The call moves money or sets a limit, and has no Idempotency-Key header. Nothing was done.',
    remedy: 'Send the header: a new key for each request, the same one to ask again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'A valid bearer token is required',
    meaning:
      'There is no bearer token in the Authorization header, or it is not valid, was withdrawn, or its time is over.',
    remedy: 'Send Authorization: Bearer, followed by a token that is valid.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    title: 'The e-mail or the password is wrong',
    meaning: 'Nobody who may sign in has this e-mail and this password. Whether there is such a user is not told.',
    remedy: 'Check both. An admin can set another password, or enable a user who was disabled.',
  },
  SESSION_ENDED: {
    status: 401,
    title: 'The session has ended',
    meaning:
      'The cookie goes on with no session: it is missing or not valid, its time is over, somebody signed out, the user was changed, or its token was used before.',
    remedy: 'Sign in again. If you did not use another copy of this cookie, somebody may have one: tell an admin.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The token is not good for this',
    meaning:
      'The token is valid, but it is not good for this call: its roles or its scope are not, or the call takes a person who signed in. The detail says which.',
    remedy:
      'Use a token with one of the roles that the API\u2019s description lists for the call, or what the detail asks for.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'There is nothing at this address',
    meaning: 'There is nothing at this address.',
    remedy: 'Look the address up in the API\u2019s description at /api/docs.',
  },
  PAYMENT_NOT_FOUND: {
    status: 404,
    title: 'Payment not found',
    meaning: 'There is no payment with this id. Other kinds of transactions are not payments.',
    remedy: 'Check the id, or read it as a transaction.',
  },
  SELF_APPROVAL: {
    status: 403,
    title: 'Another person has to decide',
    meaning:
      'An approval is decided by somebody else than the person who asked for it, whatever account that person uses, and than the user it is about.',
    remedy: 'Have another operator or admin decide.',
  },
  APPROVAL_NOT_FOUND: {
    status: 404,
    title: 'Approval not found',
    meaning: 'There is no approval with this id.',
    remedy: 'Look it up in the list of approvals.',
  },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'Job not found',
    meaning: 'There is no job with this name.',
    remedy: 'Look it up in the list of jobs.',
  },
  RUN_NOT_FOUND: {
    status: 404,
    title: 'Run not found',
    meaning: 'There is no run with this id, or none was made yet.',
    remedy: 'Look it up in the list of runs, or have one made.',
  },
  RUN_UNDER_WAY: {
    status: 409,
    title: 'Such a run is under way',
    meaning: 'What was asked for runs already, and once at a time. Its id stands in runId.',
    remedy: 'Wait until it has ended, and read what came of it.',
  },
  FINDING_NOT_FOUND: {
    status: 404,
    title: 'Finding not found',
    meaning: 'Reconciliation has no finding with this id.',
    remedy: 'Look it up in the report.',
  },
  FINDING_CLOSED: {
    status: 409,
    title: 'The break is there no more',
    meaning: 'A later run did not find it any more, so there is nothing to explain.',
    remedy: 'Nothing is to be done.',
  },
  APPROVAL_DECIDED: {
    status: 409,
    title: 'The approval has ended',
    meaning: 'Somebody decided otherwise before, or it expired, or what it was judged by had changed.',
    remedy: 'Read the approval: it says who decided, and what came of it.',
  },
  EVENT_REPLAY_NOT_FOUND: {
    status: 404,
    title: 'Replay not found',
    meaning: 'Nobody asked for a replay of events with this id.',
    remedy: 'Check the id: the answer to the request has it.',
  },
  DEAD_LETTER_NOT_FOUND: {
    status: 404,
    title: 'Dead letter not found',
    meaning: 'There is no dead letter with this id, or it was replayed or deleted long ago.',
    remedy: 'Look it up in the list of dead letters.',
  },
  DEAD_LETTER_ENDED: {
    status: 409,
    title: 'The dead letter has ended',
    meaning:
      'It is tried again, or was, and cannot be deleted; or it was deleted or is too large, and cannot be tried again.',
    remedy: 'Read the list of dead letters: if it could not be handled again, it lies there anew.',
  },
  TOO_MANY_APPROVALS: {
    status: 409,
    title: 'Too many approvals are waiting',
    meaning:
      'This needs another person\u2019s approval, and as many wait for one as may. Nothing was done, and the idempotency key is not used up.',
    remedy: 'Have those decided that wait, or let their time pass, then ask again.',
  },
  TOO_MANY_REPLAYS: {
    status: 409,
    title: 'Too many replays are waiting',
    meaning: 'As many replays of events, or of a webhook, wait as may: the workers do them one after the other.',
    remedy: 'Ask again in a minute. If none gets done, look whether a relay and the webhooks run.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    title: 'Webhook not found',
    meaning: 'There is no webhook with this id, or it was deleted.',
    remedy: 'Look it up in the list of webhooks.',
  },
  WEBHOOK_DELIVERY_NOT_FOUND: {
    status: 404,
    title: 'Delivery not found',
    meaning: 'There is no delivery with this id, it is kept no longer, or its webhook was deleted.',
    remedy: 'Look it up in the list of the webhook\u2019s deliveries, or ask for a replay of the time it is from.',
  },
  WEBHOOK_DELIVERY_ON_ITS_WAY: {
    status: 409,
    title: 'The delivery is being sent',
    meaning: 'An attempt at it is under way this moment: a second one beside it would send the event twice.',
    remedy: 'Look in half a minute what became of it, and ask again if it failed.',
  },
  WEBHOOK_DELIVERY_NOT_WANTED: {
    status: 409,
    title: 'The webhook does not want the event',
    meaning: 'The types or wallets of the webhook were changed since the delivery was made: they leave its event out.',
    remedy: 'If the event is wanted, change the webhook so that it is one of its own, then ask again.',
  },
  WEBHOOK_DISABLED: {
    status: 409,
    title: 'The webhook is disabled',
    meaning: 'Nothing is sent to a webhook that is DISABLED.',
    remedy: 'Make it ACTIVE, then ask again.',
  },
  WEBHOOK_CHANGED: {
    status: 409,
    title: 'The webhook was changed meanwhile',
    meaning: 'Somebody has changed it since the version that the request names was read.',
    remedy: 'Read it again, and ask with its version if the change is still wanted.',
  },
  TOO_MANY_WEBHOOKS: {
    status: 409,
    title: 'There are too many webhooks',
    meaning: 'As many webhooks exist as may.',
    remedy: 'Delete one that nobody needs any more.',
  },
  TOO_MANY_WEBHOOK_SECRETS: {
    status: 409,
    title: 'Too many secrets sign for the webhook',
    meaning:
      'It was rotated so often that as many secrets sign for it as may; each signs for a day after it was rotated.',
    remedy: 'Ask again once the oldest has expired. Is one known to others? Make a new webhook and delete this one.',
  },
  TOKEN_NOT_FOUND: {
    status: 404,
    title: 'Token not found',
    meaning: 'No token of this id was minted here.',
    remedy: 'Look it up in the list of tokens: the id is not the token itself.',
  },
  TOO_MANY_TOKENS: {
    status: 409,
    title: 'Too many tokens are good already',
    meaning: 'Nothing was minted: as many tokens are good as there may be.',
    remedy: 'Withdraw those that nobody needs, or let their time pass.',
  },
  USER_NOT_FOUND: {
    status: 404,
    title: 'User not found',
    meaning: 'There is no user with this id.',
    remedy: 'Look the user up in the list of users.',
  },
  EMAIL_TAKEN: {
    status: 409,
    title: 'Another user has this e-mail',
    meaning: 'Nothing was created: there is a user with this e-mail already, who may be disabled.',
    remedy: 'Change or enable that user, or use another e-mail.',
  },
  TOO_MANY_USERS: {
    status: 409,
    title: 'There are too many users',
    meaning: 'Nothing was created: there are as many users as there may be.',
    remedy: 'Enable and change a user who is not needed any more.',
  },
  LAST_ADMIN: {
    status: 409,
    title: 'The last admin stays one',
    meaning: 'Nothing was changed: nobody would be left who can sign in as an admin.',
    remedy: 'Make another admin first.',
  },
  TRANSACTION_NOT_FOUND: {
    status: 404,
    title: 'Transaction not found',
    meaning: 'There is no transaction with this id.',
    remedy: 'Check the id.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    meaning: 'The address exists, but not for this HTTP method.',
    remedy: 'Use one of the methods in the Allow header.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many calls in this time',
    retryAfterSeconds: 'VARIES',
    meaning:
      'The caller, or the address, has used up what it may ask for in this time. This request did nothing, and the idempotency key is not used up. RateLimit-Policy says how much is let through in how many seconds, RateLimit what is left of it.',
    remedy: 'Ask again after Retry-After, with the same idempotency key, and more slowly.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request did not arrive in time',
    meaning: 'The request did not arrive in time. Nothing was done.',
    remedy: 'Send it again on another connection, with the same idempotency key.',
  },
  WALLET_EXISTS: {
    status: 409,
    title: 'Another wallet has this id',
    meaning: 'Another request created a wallet with this id, with other details. Nothing was changed.',
    remedy: 'Choose another walletId. To ask again for the same wallet, send exactly the body that created it.',
  },
  RANGE_TOO_LARGE: {
    status: 422,
    title: 'Too much to read at once',
    meaning: 'What was asked for covers more of the ledger than can be read for one answer.',
    remedy: 'Ask for a shorter time, or narrow it by other filters.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The request is too large',
    meaning: 'The request is larger than is taken at once. Nothing was done.',
    remedy: 'Send less, or make the batch smaller.',
  },
  URI_TOO_LONG: {
    status: 414,
    title: 'The address is too long',
    meaning: 'The address, or a part of it, is too long.',
    remedy: 'Shorten it. Ids are UUIDs.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body must be application/json',
    meaning: 'The body is not application/json, or is compressed. Nothing was done.',
    remedy: 'Send Content-Type: application/json and a plain body.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The headers of the request are larger than 16 KiB together.',
    remedy: 'Send fewer or shorter headers.',
  },
  VIEW_NOT_FOUND: {
    status: 404,
    title: 'There is no such view',
    meaning: 'No saved view of yours has this id, or it is somebody else\u2019s.',
    remedy: 'GET /api/views lists those that you see. Save another person\u2019s view under an id of your own.',
  },
  TOO_MANY_VIEWS: {
    status: 409,
    title: 'There are too many saved views',
    meaning: 'You have saved as many views as one person may, or as many are shared as may be.',
    remedy: 'Delete one that nobody uses.',
  },
  DIGEST_NOT_FOUND: {
    status: 404,
    title: 'There is no such digest',
    meaning: 'No digest has this id, or its mail is not made yet.',
    remedy: 'GET /api/digests lists all digests, and says of each how far it is.',
  },
  AUDIT_ROW_NOT_FOUND: {
    status: 404,
    title: 'There is no such row',
    meaning: 'The audit log has no row with this id.',
    remedy: 'GET /api/audit lists them.',
  },
  ALERT_NOT_FOUND: {
    status: 404,
    title: 'There is no such alert',
    meaning: 'No alert has this id.',
    remedy: 'Look at the id. GET /api/alerts lists all alerts.',
  },
  ALERT_RESOLVED: {
    status: 409,
    title: 'The alert is over',
    meaning: 'It was resolved before it was acknowledged: what it was about is not so any more.',
    remedy: 'Nothing is to be done. If it fires again, that is another alert.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong on our side',
    meaning: 'Something went wrong on our side. It was logged under the traceId.',
    remedy:
      'Tell those who run the platform the traceId. To find out what became of a payment, ask again with the same idempotency key.',
  },
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
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'URI_TOO_LONG',
  'HEADERS_TOO_LARGE',
] as const satisfies ProblemCode[];
