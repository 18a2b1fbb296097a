/** NATS subjects and Redis keys, all under one namespace so that several platforms can share the servers. */

/** Commands for a partition, heard only by its owner at that epoch. Request and reply. */
export function commandSubject(namespace: string, partition: number, epoch: number): string {
  return `${namespace}.p.${partition}.${epoch}`;
}

/** `OwnershipEvent`, published as it happens. */
export function ownershipSubject(namespace: string): string {
  return `${namespace}.ownership`;
}

/** `WorkerHeartbeat`, published every `heartbeatEveryMs`. */
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

/** Redis: the answer to an idempotency key, a `CachedAnswer` as JSON. */
export function idempotencyCacheKey(namespace: string, keyDigest: string): string {
  return `${namespace}:key:${keyDigest}`;
}

/** Redis: a partition's lease. */
export function leaseKey(namespace: string, partition: number): string {
  return `${namespace}:lease:${partition}`;
}

/** Redis: the sorted set of live workers, scored by their last heartbeat. */
export function membersKey(namespace: string): string {
  return `${namespace}:members`;
}
