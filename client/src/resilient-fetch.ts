import type { CallSettings } from './call/call-settings.js';
import { Deadline } from './call/deadline.js';
import { deliver, undelivered } from './call/delivery.js';
import { isRepeatable } from './call/sealed-request.js';

/** Without a body, whatever the headers say. */
const bodiless = [204, 205, 304];

/**
 * What the generated operations are sent with: the same attempts, waits and tokens as the money methods. Answers that are no
 * JSON are passed on as they come.
 * @throws WalletFault when nobody answers.
 */
export function resilientFetch(settings: CallSettings): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, headers, signal } = request;
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const path = request.url.slice(settings.gateways.first.length);
    const deadline = new Deadline(settings.deadlineMs, signal);
    const { attemptsMax } = settings;
    const delivery = await deliver(
      { method, path, headers, body, repeatable: isRepeatable(method, headers), count: 1 },
      { deadline, attemptsMax, reads: ({ status, body }) => status === 204 || body !== null, streams: true },
      settings,
    );
    if (delivery.stream) return delivery.stream;
    const { last, endedBy } = delivery;
    if (last === null || (endedBy !== 'ANSWER' && last.status < 400)) throw undelivered(delivery);
    const read = new Headers(last.headers);
    // It is decoded and whole.
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) read.delete(name);
    return new Response(bodiless.includes(last.status) ? null : last.text, { status: last.status, headers: read });
  };
}
