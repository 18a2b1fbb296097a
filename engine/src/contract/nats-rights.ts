import {
  batchSubject,
  commandSubject,
  gatewaySubject,
  heartbeatSubject,
  inboxPrefix,
  ownershipSubject,
  walletsLoweredSubject,
} from './subjects.js';

/** Who logs in to NATS. Workers have no business there. */
export type NatsRole = 'engine' | 'gateway';

export interface NatsRights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * All that each role says and hears, and so all that its login may: the server's configuration (deploy/nats/nats.conf) is held
 * against this. So nobody but an engine says that one lives or what it owns, and nobody but a gateway hears answers.
 * @param namespace `*`: that of any platform
 */
export function natsRights(namespace: string): Readonly<Record<NatsRole, NatsRights>> {
  const commands = commandSubject(namespace, '*');
  const answers = `${inboxPrefix(namespace)}.>`;
  const [ownership, lowered] = [ownershipSubject(namespace), walletsLoweredSubject(namespace)];
  const [engines, gateways] = [heartbeatSubject(namespace), gatewaySubject(namespace)];
  const batches = batchSubject(namespace);
  return {
    engine: {
      publish: [answers, ownership, engines, batches, lowered],
      subscribe: [commands, ownership, lowered],
    },
    gateway: {
      publish: [commands, gateways],
      subscribe: [answers, ownership, engines, batches, gateways],
    },
  };
}
