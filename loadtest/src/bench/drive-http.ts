import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { type DriveOrder, type DriveResult, Meter } from './drive.js';
import { HttpConnection } from './http-connection.js';
import { MixedReads } from './mixed-reads.js';
import { type BenchPayment, currency, paymentAmount, paymentSource, walletIds } from './workload.js';

/** Payments made before the clock starts; more are made while it runs if a machine is faster. */
const preparedPerSecond = 14_000;
const preparedPerSecondInBatches = 30_000;

/**
 * Payments over HTTP/1.1, one request at a time on each kept-alive connection. A bare socket client: a general one
 * would take the cores that are being measured.
 */
export async function driveHttp(order: DriveOrder & { target: 'http' }): Promise<DriveResult> {
  const next = paymentSource(order.workload, walletIds());
  const head = requestHead(order);
  const write =
    order.batchSize === 1 ? () => singleRequest(head, next()) : () => batchRequest(head, next, order.batchSize);
  const seconds = (order.warmUpMs + order.measureMs) / 1_000;
  const perSecond = order.openLoopRate ?? (order.batchSize === 1 ? preparedPerSecond : preparedPerSecondInBatches);
  const prepared = Array.from({ length: (seconds * perSecond) / order.batchSize }, write);
  const nextRequest = () => prepared.pop() ?? write();

  const { hostname, port } = new URL(order.url);
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => HttpConnection.open(hostname, Number(port))),
  );
  const meter = new Meter(order);
  const expected = order.batchSize === 1 ? 201 : 200;
  const { readShare = 0 } = order;
  const reads = new MixedReads(order);
  const send = async (connection: HttpConnection, sentAt: number) => {
    if (readShare > 0 && Math.random() < readShare) {
      const { status, body } = await connection.request(reads.next());
      return status === 200 ? meter.read(sentAt) : meter.failed(`${status} ${body}`);
    }
    const { status, body } = await connection.request(nextRequest());
    if (status !== expected) return meter.failed(`${status} ${body}`, order.batchSize);
    const succeeded = order.batchSize === 1 ? 1 : countOf(body, '"status":201');
    meter.answered(sentAt, succeeded);
    if (succeeded !== order.batchSize) meter.failed(body, order.batchSize - succeeded);
    else if (readShare > 0) reads.remember(body);
  };
  if (order.openLoopRate === undefined) {
    await Promise.all(
      connections.map(async (connection) => {
        while (!meter.over) await send(connection, performance.now());
      }),
    );
  } else {
    await sendOnTime(connections, order.openLoopRate / order.batchSize, meter, send);
  }
  for (const connection of connections) connection.close();
  return meter.result();
}

/**
 * Sends at even times, whether or not earlier answers have come. A latency counts from the time a request should have
 * been sent, so that a stall shows in all the requests it held up (no coordinated omission).
 */
async function sendOnTime(
  connections: HttpConnection[],
  perSecond: number,
  meter: Meter,
  send: (connection: HttpConnection, dueAt: number) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  const idle = [...connections];
  const sending = new Set<Promise<void>>();
  let sent = 0;
  while (!meter.over) {
    const now = performance.now();
    while (idle.length > 0) {
      const dueAt = startedAt + (sent * 1_000) / perSecond;
      if (dueAt > now) break;
      sent += 1;
      const connection = idle.pop() as HttpConnection;
      const done = send(connection, dueAt).finally(() => {
        idle.push(connection);
        sending.delete(done);
      });
      sending.add(done);
    }
    const waitMs = startedAt + (sent * 1_000) / perSecond - performance.now();
    if (idle.length > 0 && waitMs > 0.5) await new Promise((resolve) => setTimeout(resolve, waitMs > 1 ? 1 : 0));
    else await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(sending);
}

function requestHead(order: DriveOrder & { target: 'http' }): string {
  const path = order.batchSize === 1 ? '/api/payments' : '/api/payments/batch';
  return (
    `POST ${path} HTTP/1.1\r\nHost: ${new URL(order.url).host}\r\nAuthorization: Bearer ${order.token}\r\n` +
    'Content-Type: application/json\r\n'
  );
}

const amount = formatMoney(paymentAmount, currency);

function singleRequest(head: string, payment: BenchPayment): string {
  const body =
    `{"senderWalletId":"${payment.sender}","receiverWalletId":"${payment.receiver}",` +
    `"amount":"${amount}","currency":"${currency}"}`;
  return `${head}Idempotency-Key: ${payment.idempotencyKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function batchRequest(head: string, next: () => BenchPayment, batchSize: number): string {
  const payments = Array.from({ length: batchSize }, () => {
    const { idempotencyKey, sender: senderWalletId, receiver: receiverWalletId } = next();
    return { idempotencyKey, senderWalletId, receiverWalletId, amount, currency };
  });
  const body = JSON.stringify({ payments });
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}
