import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge } from 'prom-client';
import { Consumer } from '../broker/consumer.js';
import { reviveMailOf } from '../mail/revive-mail.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { deathOf } from './death-of.js';
import { recordDeadLetter } from './record-dead-letter.js';
import { Replays } from './replays.js';

const atOnce = 10;
const databaseRetryMs = 1_000;

/** Postgres will never take it as it is: what anybody may have written are its headers. */
function refusesValues(error: unknown): boolean {
  return /^2[23]/.test(String((error as { code?: unknown }).code));
}

/** Brings what the broker gave up on into `dead_letters`, where it is seen, and back again where an operator asks for it. */
export function openDeadLetters({ config, database, publisher, names, metrics, log: parent }: Surroundings): Part {
  const log = parent.child({ part: 'dead-letters' });
  const stopping = new AbortController();
  const consumer = new Consumer(
    config.amqpUrl,
    names,
    {
      ...{ queue: 'deadLetters', takesAnything: true, atOnce },
      async handle({ raw }) {
        let letter = deathOf(raw, names, Date.now());
        // It has no further place to go to: it is held until Postgres has it.
        for (;;) {
          try {
            if (await recordDeadLetter(database, letter)) {
              const { queue, messageId, reason, attempts } = letter;
              log.error({ queue, messageId, reason, attempts }, 'a message was given up: look at the dead letters');
            }
            return 'DONE';
          } catch (error) {
            if (stopping.signal.aborted) return 'AGAIN';
            if (refusesValues(error)) letter = { ...letter, headers: {} };
            log.warn({ err: error }, 'a dead letter could not be written down: trying again');
            await sleep(databaseRetryMs, undefined, { signal: stopping.signal }).catch(() => {});
          }
        }
      },
    },
    log,
  );
  const replays = new Replays(database, publisher, { mail: reviveMailOf }, log);
  new Gauge({
    ...{
      name: 'wallet_workers_dead_letters',
      help: 'Messages and mails that were given up and lie there',
      registers: [metrics],
    },
    async collect() {
      const counted = await database
        .query<{ count: number }>(`SELECT count(*)::int FROM dead_letters WHERE status IN ('WAITING', 'REPLAYING')`)
        .catch(() => null);
      if (counted?.rows[0]) this.set(counted.rows[0].count);
      else this.reset();
    },
  });
  return {
    name: 'dead-letters',
    async start() {
      await consumer.open();
      replays.start();
    },
    async stop() {
      stopping.abort();
      await Promise.all([consumer.close(), replays.stop()]);
    },
  };
}
