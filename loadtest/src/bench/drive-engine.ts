import { connect, createInbox } from '@nats-io/transport-node';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest, requestHash } from '@smart-wallet/engine/contract/digest.js';
import { commandDeadlineMs, requestPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { commandSubject } from '@smart-wallet/engine/contract/subjects.js';
import { withClient } from '../ledger/scratch-database.js';
import { type DriveOrder, type DriveResult, Meter } from './drive.js';
import { type BenchPayment, currency, paymentAmount, paymentSource, walletIds } from './workload.js';

/** Commands sent and not yet answered: two full calls for each of two workers. */
const openCommandsMax = 4_000;
/** Commands made before the clock starts; more are made while it runs if a machine is faster. */
const preparedPerSecond = 30_000;

interface PreparedCommand {
  partition: number;
  /** The command as JSON, up to the time it is accepted. */
  text: string;
}

/**
 * Calls the engine over NATS the way a gateway does: what became ready in one turn of the event loop for a partition
 * goes out as one request. An answer makes room for the next command.
 */
export async function driveEngine(order: DriveOrder & { target: 'engine' }): Promise<DriveResult> {
  const subjects = await readSubjects(order.databaseUrl, order.namespace);
  const next = paymentSource(order.workload, walletIds());
  const prepare = () => prepareCommand(next(), subjects.length);
  const prepared = Array.from({ length: ((order.warmUpMs + order.measureMs) / 1_000) * preparedPerSecond }, prepare);

  const nats = await connect({ servers: order.natsUrl });
  const inbox = createInbox();
  const requests = new Map<number, { sentAt: number; commands: number }>();
  const outgoing: string[][] = subjects.map(() => []);
  let ready: number[] = [];
  let open = 0;
  let requestId = 0;
  let finished = () => {};

  const flush = () => {
    const now = performance.now();
    for (const partition of ready) {
      const texts = outgoing[partition] as string[];
      outgoing[partition] = [];
      for (let i = 0; i < texts.length; i += requestPaymentsMax) {
        const part = texts.slice(i, i + requestPaymentsMax);
        requestId += 1;
        requests.set(requestId, { sentAt: now, commands: part.length });
        const msLeft = `${`${commandDeadlineMs},`.repeat(part.length - 1)}${commandDeadlineMs}`;
        nats.publish(subjects[partition] as string, `{"msLeft":[${msLeft}],"commands":[${part.join(',')}]}`, {
          reply: `${inbox}.${requestId}`,
        });
      }
    }
    ready = [];
  };
  const fill = () => {
    const acceptedAt = Date.now();
    while (open < openCommandsMax) {
      const command = prepared.pop() ?? prepare();
      const texts = outgoing[command.partition] as string[];
      if (texts.length === 0) ready.push(command.partition);
      texts.push(`${command.text}${acceptedAt}}`);
      open += 1;
    }
    flush();
  };
  let fillScheduled = false;

  const meter = new Meter(order);
  nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) return meter.failed(String(error));
      const request = requests.get(Number(message.subject.slice(inbox.length + 1)));
      if (!request) return;
      requests.delete(Number(message.subject.slice(inbox.length + 1)));
      open -= request.commands;
      const reply = message.string();
      const succeeded = countOf(reply, '"status":"SUCCESS"');
      meter.answered(request.sentAt, succeeded);
      if (succeeded !== request.commands)
        meter.failed(reply || 'nobody serves the partition', request.commands - succeeded);
      if (meter.over) {
        if (open === 0) finished();
      } else if (!fillScheduled) {
        fillScheduled = true;
        setImmediate(() => {
          fillScheduled = false;
          if (!meter.over) fill();
          else if (open === 0) finished();
        });
      }
    },
  });
  fill();
  await new Promise<void>((resolve, reject) => {
    finished = resolve;
    setTimeout(
      () => reject(new Error(`${open} commands were never answered`)),
      meter.endsAt - performance.now() + 2 * commandDeadlineMs,
    ).unref();
  });
  await nats.close();
  return meter.result();
}

async function readSubjects(databaseUrl: string, namespace: string): Promise<string[]> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query('SELECT id, epoch FROM partitions ORDER BY id'),
  );
  return rows.map((row) => commandSubject(namespace, row.id, Number(row.epoch)));
}

function prepareCommand(payment: BenchPayment, partitionCount: number): PreparedCommand {
  const caller = 'bench';
  const command: Omit<TransferCommand, 'initiatedAtMs'> = {
    type: 'TRANSFER',
    kind: 'PAYMENT',
    caller,
    idempotencyKey: payment.idempotencyKey,
    keyDigest: keyDigest(caller, payment.idempotencyKey),
    requestHash: requestHash({
      kind: 'PAYMENT',
      senderWalletId: payment.sender,
      receiverWalletId: payment.receiver,
      amount: paymentAmount,
      currency,
      reference: null,
      description: null,
      metadata: null,
    }),
    senderWalletId: payment.sender,
    receiverWalletId: payment.receiver,
    amount: paymentAmount.toString(),
    currency,
    reference: null,
    description: null,
    metadata: null,
  };
  const text = `${JSON.stringify(command).slice(0, -1)},"initiatedAtMs":`;
  return { partition: partitionOf(payment.sender, partitionCount), text };
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}
