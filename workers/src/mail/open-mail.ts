import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../broker/consumer.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { DueMails } from './due-mails.js';
import { MailMetrics } from './mail-metrics.js';
import { MailSender } from './mail-sender.js';
import { connectionsMax, MailServer } from './mail-server.js';
import { ServerGate } from './server-gate.js';

/** For mails that are on their way, before they are broken off. */
const stopWaitMs = 4_000;

/** Sends what is written into `mails`. */
export function openMail({ config, database, publisher, names, metrics, log: parent }: Surroundings): Part {
  const log = parent.child({ part: 'mail' });
  const { smtpUrl: url, mailFrom: from, production, plaintextAllowed } = config;
  const server = new MailServer({ url, from, production, plaintextAllowed });
  const gate = new ServerGate(() => server.trouble(), log);
  const counts = new MailMetrics(metrics, database, () => gate.isOpen);
  const sender = new MailSender(database, server, gate, counts, log);
  const due = new DueMails(database, publisher, gate, (count) => counts.failed(count), log);
  const consumer = new Consumer(
    config.amqpUrl,
    names,
    {
      queue: 'mail',
      atOnce: connectionsMax,
      handle: (message) => sender.take(message),
      onQueueLost: () => due.queueLost(),
    },
    log,
  );
  return {
    name: 'mail',
    async start() {
      await consumer.open();
      due.start();
    },
    async stop() {
      gate.stop();
      const stopped = Promise.all([due.stop(), consumer.close()]);
      if ((await Promise.race([stopped, sleep(stopWaitMs, 'late' as const)])) === 'late') sender.abort();
      await stopped;
      server.close();
    },
  };
}
