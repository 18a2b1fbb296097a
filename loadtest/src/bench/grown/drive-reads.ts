import { type DriveOrder, type DriveResult, Meter } from '../drive.js';
import { HttpConnection } from '../http-connection.js';
import { readSource } from './reads.js';

/** Lists over HTTP, page by page along their cursors; each page is a request of its own, and counted so. */
export async function driveReads(order: DriveOrder & { target: 'reads' }): Promise<DriveResult> {
  const next = readSource(order.read, order.ledger);
  const { hostname, port, host } = new URL(order.url);
  const end = ` HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${order.token}\r\n\r\n`;
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => HttpConnection.open(hostname, Number(port))),
  );
  const meter = new Meter(order);
  await Promise.all(
    connections.map(async (connection) => {
      while (!meter.over) {
        const { path, pagesMax } = next();
        let cursor = '';
        for (let page = 0; page < pagesMax && !meter.over; page++) {
          const sentAt = performance.now();
          const { status, body } = await connection.request(`GET ${path}${cursor}${end}`);
          if (status !== 200) {
            meter.failed(`${status} ${body}`);
            break;
          }
          meter.read(sentAt);
          const following = /"nextCursor":"([^"]+)"/.exec(body)?.[1];
          if (following === undefined) break;
          cursor = `&cursor=${encodeURIComponent(following)}`;
        }
      }
    }),
  );
  for (const connection of connections) connection.close();
  return meter.result();
}
