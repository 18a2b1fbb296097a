import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { HttpConnection } from '../bench/http-connection.js';
import { atRate, post } from './paced-payments.js';

export interface CrowdOrder {
  readonly gatewayUrl: string;
  /** How many addresses of the loopback network. */
  readonly addresses: number;
  readonly perSecond: number;
  readonly forMs: number;
}

export interface CrowdResult {
  readonly sent: number;
  /** How often each HTTP status was the answer. */
  readonly statuses: ReadonlyMap<number, number>;
}

/*
 * Opens its connections when told its order, signs in when told to go, says what it got, and ends. In truth it is elsewhere: where it
 * runs beside the platform, it stands behind it.
 */
process.once('disconnect', () => process.exit());
setPriority(constants.priority.PRIORITY_LOW);
const [{ gatewayUrl, addresses, perSecond, forMs }] = (await once(process, 'message')) as [CrowdOrder];
const { hostname, port } = new URL(gatewayUrl);
const connections = await Promise.all(
  Array.from({ length: addresses }, (_, i) => HttpConnection.open(hostname, Number(port), `127.0.0.${i + 2}`)),
);
process.send?.('HERE');
await once(process, 'message');
const statuses = new Map<number, number>();
const sent = await atRate({ perSecond, forMs }, connections, async (connection) => {
  const body = { email: `${randomUUID()}@example.test`, password: 'correct horse battery staple' };
  const { status } = await connection.request(post('/api/auth/sessions', body));
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
});
for (const connection of connections) connection.close();
process.send?.({ sent, statuses } satisfies CrowdResult, () => process.disconnect());
