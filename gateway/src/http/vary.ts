import type { FastifyReply } from 'fastify';

/** Says that the answer depends on one more header of the request, beside those that were named before. */
export function varyBy(reply: FastifyReply, header: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? header : `${before}, ${header}`);
}
