import { randomFillSync } from 'node:crypto';

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const noTrace = '0'.repeat(32);

/** The trace id of a W3C `traceparent` header, else a random one. */
export function traceIdFrom(traceparent: string | string[] | undefined): string {
  if (typeof traceparent === 'string') {
    const id = traceparentPattern.exec(traceparent)?.[1];
    if (id !== undefined && id !== noTrace && !traceparent.startsWith('ff')) return id;
  }
  return randomTraceId();
}

const pool = Buffer.allocUnsafe(4_096);
let used = pool.length;

/** Random bytes are drawn 256 ids at a time: one system call an id would show in the profile. */
function randomTraceId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.toString('hex', used - 16, used);
}
