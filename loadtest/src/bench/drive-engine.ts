import { connect, createInbox } from '@nats-io/transport-node';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { commandDeadlineMs, requestPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import { inboxPrefix } from '@smart-wallet/engine/contract/subjects.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { type DriveOrder, type DriveResult, Meter } from './drive.js';
import { type Owner, readOwners } from './owners.js';
import { type BenchPayment, currency, paymentAmount, paymentSource, walletIds } from './workload.js';

/** Commands sent and not yet answered: two full calls for each of two engines. */
const openCommandsMax = 4_000;
/** Commands made before the clock starts; more are made while it runs if a machine is faster. */
const preparedPerSecond = 30_000;

interface PreparedCommand {
  partition: number;
  /** The command as JSON, up to the time it is accepted. */
  text: string;
}

/**
 * Calls the engine over NATS the way a gateway does: what became ready in one turn of the event loop for an engine goes out
 * as one message. An answer makes room for the next command.
 */
export async function driveEngine(order: DriveOrder & { target: 'engine' }): Promise<DriveResult> {
  const owners = await readOwners(order.databaseUrl, order.namespace);
  const next = paymentSource(order.workload, walletIds());
  const prepare = () => prepareCommand(next(), owners.length);
  const prepared = Array.from({ length: ((order.warmUpMs + order.measureMs) / 1_000) * preparedPerSecond }, prepare);

  const nats = await connect(natsLogin(order.natsUrl));
  const inbox = createInbox(inboxPrefix(order.namespace));
  const requests = new Map<number, { sentAt: number; commands: number }>();
  const outgoing: string[][] = owners.map(() => []);
  let ready: number[] = [];
  let open = 0;
  let requestId = 0;
  let finished = () => {};

  const publish = (subject: string, texts: string[]) => {
    nats.publish(subject, `{"requests":[${texts.join(',')}]}`, { reply: `${inbox}.0` });
  };
  const flush = () => {
    const now = performance.now();
    const messages = new Map<string, { texts: string[]; payments: number }>();
    for (const partition of ready) {
      const { subject, epoch } = owners[partition] as Owner;
      const texts = outgoing[partition] as string[];
      outgoing[partition] = [];
      for (let i = 0; i < texts.length; i += requestPaymentsMax) {
        const part = texts.slice(i, i + requestPaymentsMax);
        let message = messages.get(subject);
        if (message && message.payments + part.length > requestPaymentsMax) {
          publish(subject, message.texts);
          message = undefined;
        }
        if (!message) {
          message = { texts: [], payments: 0 };
          messages.set(subject, message);
        }
        requestId += 1;
        requests.set(requestId, { sentAt: now, commands: part.length });
        const msLeft = `${`${commandDeadlineMs},`.repeat(part.length - 1)}${commandDeadlineMs}`;
        message.payments += part.length;
        message.texts.push(
          `{"id":${requestId},"partition":${partition},"epoch":${epoch},"msLeft":[${msLeft}],"commands":[${part.join(',')}]}`,
        );
      }
    }
    for (const [subject, { texts }] of messages) publish(subject, texts);
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
  nats.subscribe(`${inbox}.*`, { callback: () => meter.failed('nobody serves a partition') });
  nats.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return meter.failed(String(error));
      // Counted in the text: parsing it would take time from what is measured.
      for (const reply of message.string().split('{"id":').slice(1)) {
        const id = Number.parseInt(reply, 10);
        const request = requests.get(id);
        if (!request) continue;
        requests.delete(id);
        open -= request.commands;
        const succeeded = countOf(reply, '"status":"SUCCESS"');
        meter.answered(request.sentAt, succeeded);
        if (succeeded !== request.commands) meter.failed(reply, request.commands - succeeded);
      }
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

function prepareCommand(payment: BenchPayment, partitionCount: number): PreparedCommand {
  const caller = 'bench';
  const terms: TransferTerms<'PAYMENT'> = {
    kind: 'PAYMENT',
    senderWalletId: payment.sender,
    receiverWalletId: payment.receiver,
    amount: paymentAmount.toString(),
    currency,
    reference: null,
    description: null,
    metadata: null,
  };
  const command: Omit<TransferCommand, 'initiatedAtMs'> = {
    ...terms,
    type: 'TRANSFER',
    caller,
    idempotencyKey: payment.idempotencyKey,
    keyDigest: keyDigest(caller, payment.idempotencyKey),
    requestHash: requestHash(terms),
  };
  const text = `${JSON.stringify(command).slice(0, -1)},"initiatedAtMs":`;
  return { partition: partitionOf(payment.sender, partitionCount), text };
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}
