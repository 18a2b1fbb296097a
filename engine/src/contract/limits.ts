/** Fixed numbers of the platform that more than one program depends on. */

/** How long a partition's lease, and an engine's place in the list of live ones, live in Redis without being renewed. */
export const leaseTtlMs = 1_000;
export const leaseEveryMs = 250;
/** How long an engine of version 0.1.0, which beats once a second, keeps its place in that list. */
export const slowBeatTtlMs = 3_000;

/** How often engines and gateways say over NATS what they do. It decides nothing: gateways and wallboards follow it. */
export const heartbeatEveryMs = 1_000;
/** Gateways send nothing to an owner not heard of for this long. */
export const heartbeatTtlMs = 3_000;

/** How long a caller waits for a command's answer before its outcome is called unknown. */
export const commandDeadlineMs = 5_000;
/**
 * A command accepted by its gateway longer ago than this, by the database's clock, is dropped undecided, however late the
 * network brings it: so there is a time after which a key without an answer will never have one.
 */
export const commandAgeMaxMs = 12_000;
/** A call that reaches the database later than this, by the database's clock, commits nothing. */
export const callNotAfterMs = 5_000;
/** No time that is further ahead of what the database's clock should say is written down: it may have jumped. */
export const writtenAheadMaxMs = 2_000;
/** The longest that Postgres lets a call run (`transaction_timeout` of the engine's role). */
export const callRunsMaxMs = 10_000;
/** Room for clocks that differ. */
const clockSlackMs = 5_000;
/** A command that was not committed this long after its gateway accepted it never will be. */
export const commandFinalAfterMs = commandAgeMaxMs + callNotAfterMs + callRunsMaxMs + clockSlackMs;
/** Commands queued or in flight for one partition; the next one is refused as OVERLOADED. */
export const mailboxCommandsMax = 10_000;
/**
 * Bytes of commands queued or in flight, as they came over NATS: for one partition at most, and what an engine's partitions share.
 * A partition takes no more of the shared bytes than it leaves free, and has some of its own, enough for one command of any size:
 * floods on some partitions, however many, never starve another. A byte costs two or three in memory.
 */
export const mailboxBytesMax = 24 * 1_048_576;
export const mailboxesSharedBytesMax = 64 * 1_048_576;
export const mailboxOwnBytes = 1_048_576;
/** Commands that one database call commits. */
export const batchCommandsMax = 1_000;
/** Payments in one HTTP batch. An atomic batch fits one database call. */
export const batchPaymentsMax = 1_000;

/** Memory for the wallets an engine has in mind, and for the whole engine under load with small commands. */
export const walletCacheBytesMax = 160 * 1_048_576;
export const engineMemoryBytesMax = 768 * 1_048_576;

/** Payments in one request of a NATS message, those of atomic batches counted: its reply, at most 650 bytes each, leaves whole and stays under NATS's 1 MB. */
export const requestPaymentsMax = 500;
/** Encoded size of one NATS message with requests. */
export const requestBytesMax = 900_000;

/** How long a hold lives when nobody says how long, and at most. */
export const holdLivesMs = 7 * 86_400_000;
export const holdLivesMaxMs = 31 * 86_400_000;
/** Captures of one hold, and refunds of one payment. */
export const holdCapturesMax = 100;
export const refundsMax = 100;

export const idempotencyKeyCharsMax = 255;
export const referenceCharsMax = 140;
export const descriptionCharsMax = 1_000;
export const reasonCharsMax = 500;
export const bodyBytesMax = 1_048_576;
/** Nesting of a request body, counted in objects and arrays. */
export const bodyDepthMax = 20;
/** Fields and items of a request body, in all its objects and arrays: a hundred for each payment of the largest batch. */
export const bodyValuesMax = 100_000;
/** Metadata as canonical JSON in UTF-8. */
export const metadataBytesMax = 8_192;

/** Redis keeps an answered idempotency key this long; Postgres keeps it for good. */
export const idempotencyCacheTtlSeconds = 86_400;
