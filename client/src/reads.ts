import type { CallSettings } from './call/call-settings.js';
import { undelivered } from './call/delivery.js';
import { sealed } from './call/sealed-request.js';
import type { CallOptions } from './client-options.js';
import { send } from './money-calls.js';
import { faultOf, problemIn } from './outcome.js';
import type { Page } from './pages.js';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** null: there is no such thing. @throws WalletFault when it cannot be read. */
export async function readOne<Read>(
  path: string,
  query: Query,
  options: CallOptions,
  settings: CallSettings,
): Promise<Read | null> {
  const delivery = await send(reading(path, query), ({ body }) => body !== null, options, settings);
  const { endedBy, last } = delivery;
  if (endedBy !== 'ANSWER' || last === null) throw undelivered(delivery);
  if (last.status === 200) return last.body as Read;
  const problem = problemIn(last);
  if (last.status === 404 && problem && problem.code !== 'ROUTE_NOT_FOUND') return null;
  throw faultOf(last);
}

/** @throws WalletFault when it cannot be read, and when what it is of does not exist. */
export async function readPage<Item>(
  path: string,
  query: Query,
  options: CallOptions,
  settings: CallSettings,
): Promise<Page<Item>> {
  const delivery = await send(reading(path, query), ({ body }) => Array.isArray(body?.items), options, settings);
  const { endedBy, last } = delivery;
  if (endedBy !== 'ANSWER' || last === null) throw undelivered(delivery);
  if (last.status !== 200) throw faultOf(last);
  const { items, nextCursor } = last.body as unknown as Page<Item>;
  return { items, nextCursor: nextCursor ?? null };
}

export function reading(path: string, query: Query) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return sealed({ method: 'GET', path: text ? `${path}?${text}` : path });
}
