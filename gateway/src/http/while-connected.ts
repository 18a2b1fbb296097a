import type { IncomingMessage } from 'node:http';

/** Runs work for a client, with a signal that is aborted when the client has left: then nobody wants it any more. */
export async function whileConnected<T>(
  request: IncomingMessage,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborting = new AbortController();
  const left = () => aborting.abort(new Error('the client has left'));
  request.socket.once('close', left);
  try {
    return await work(aborting.signal);
  } finally {
    request.socket.off('close', left);
  }
}
