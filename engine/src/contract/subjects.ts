/** NATS subjects and Redis keys, all under one namespace so that several platforms can share the servers. */

/**
 * Commands for the partitions of one engine, a `CommandMessage`. Its reply subject is `<inbox>.<message number>`; the engine
 * answers to the inbox itself. The number is there for NATS, which says at once when nobody listens.
 */
export function commandSubject(namespace: string, workerId: string): string {
  return `${namespace}.w.${workerId}`;
}

/** Gateways hear answers below it, each in an inbox of its own. Those of 0.1.0 have theirs below `_INBOX`. */
export function inboxPrefix(namespace: string): string {
  return `${namespace}.inbox`;
}

/**
 * Where the answers to a message with this reply subject go; undefined: it is none. Only an inbox is one: else whoever may send a
 * command could have an engine say things where only engines may.
 */
export function replyInbox(namespace: string, replySubject: string | undefined): string | undefined {
  const inbox = replySubject?.slice(0, Math.max(0, replySubject.lastIndexOf('.')));
  return inbox?.startsWith(`${inboxPrefix(namespace)}.`) || inbox?.startsWith('_INBOX.') ? inbox : undefined;
}

/** `OwnershipEvent`, published as it happens. */
export function ownershipSubject(namespace: string): string {
  return `${namespace}.ownership`;
}

/** `EngineHeartbeat`, published every `heartbeatEveryMs`. */
export function heartbeatSubject(namespace: string): string {
  return `${namespace}.heartbeat`;
}

/** `BatchCommitted`, published after each commit. */
export function batchSubject(namespace: string): string {
  return `${namespace}.batch`;
}

/** `GatewayHeartbeat`, published every `heartbeatEveryMs` by each gateway. */
export function gatewaySubject(namespace: string): string {
  return `${namespace}.gateway`;
}

/** `WalletsLowered`, published when an atomic batch lowered wallets of other partitions. */
export function walletsLoweredSubject(namespace: string): string {
  return `${namespace}.lowered`;
}

/** Redis: a partition's lease. */
export function leaseKey(namespace: string, partition: number): string {
  return `${namespace}:lease:${partition}`;
}

/** Redis: the sorted set of live engines, scored by their last beat. */
export function membersKey(namespace: string): string {
  return `${namespace}:members`;
}

/** Redis: those of them that beat every `leaseEveryMs`, scored alike. The others are of version 0.1.0. */
export function quickMembersKey(namespace: string): string {
  return `${namespace}:members:quick`;
}

/** Redis: what each of them says of itself, a hash by its id. Those of 0.1.0 say nothing. */
export function membersSaidKey(namespace: string): string {
  return `${namespace}:members:said`;
}
