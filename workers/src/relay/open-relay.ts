import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { Relay } from './relay.js';

export function openRelay({ config, database, names, metrics, log }: Surroundings): Part {
  const { amqpUrl, workerName } = config;
  return new Relay({ amqpUrl, holder: workerName, database, names, metrics, log: log.child({ part: 'relay' }) });
}
