import type { IncomingMessage } from 'node:http';

/** Runs work for a client, with a signal that is aborted when the client has left: then nobody wants it any more. */
export async function whileConnected<T>(
  request: IncomingMessage,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborting = new AbortController();
  const unfollow = abortWhenLeft(request, aborting);
  try {
    return await work(aborting.signal);
  } finally {
    unfollow();
  }
}

/** Also when the client had left before, during what was done first. Returns how to stop following it. */
export function abortWhenLeft({ socket }: IncomingMessage, aborting: AbortController): () => void {
  const left = () => aborting.abort(new Error('the client has left'));
  if (socket.destroyed) left();
  else socket.once('close', left);
  return () => socket.off('close', left);
}
