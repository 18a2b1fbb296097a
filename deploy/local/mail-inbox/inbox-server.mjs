// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:http';
import { listPage, messagePage } from './pages.mjs';
import { htmlWithImages, readMessage } from './read-message.mjs';

/** A mail shows what came from outside: it runs nothing, loads nothing, and opens links apart. */
const MAIL_POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox";
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'";

/** @typedef {{ status: number, type: string, body: string | Buffer, policy?: string }} Answer */

/**
 * The inbox for people and tests, for this machine only, also where a container listens on all addresses: what comes by another name
 * than this machine's, or from a page of somebody else, is refused, since a browser can be made to ask.
 * @param {{ host: string, port: number, store: import('./message-store.mjs').MessageStore }} options
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function startInboxServer({ host, port, store }) {
  const server = createServer(async (request, response) => {
    /** @type {Answer} */
    let answer;
    try {
      answer = isForeign(request.headers)
        ? refusal(403)
        : await answerTo(store, request.method ?? '', request.url ?? '');
    } catch {
      answer = refusal(500);
    }
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'content-security-policy': answer.policy ?? PAGE_POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    response.end(answer.body);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function isForeign({ host, origin }) {
  if (host === undefined || !URL.canParse(`http://${host}`)) return true;
  const { hostname } = new URL(`http://${host}`);
  if (hostname !== 'localhost' && hostname !== '127.0.0.1') return true;
  return origin !== undefined && origin !== `http://${host}`;
}

/** @param {import('./message-store.mjs').MessageStore} store @param {string} method @param {string} target @returns {Promise<Answer>} */
async function answerTo(store, method, target) {
  const { pathname } = new URL(target, 'http://inbox');
  if (method === 'DELETE' && pathname === '/api/messages') {
    store.clear();
    return { status: 204, type: 'text/plain', body: '' };
  }
  if (method !== 'GET' && method !== 'HEAD') return refusal(405);
  if (pathname === '/') return html(listPage(await messages(store)));
  if (pathname === '/api/messages') return json({ items: await messages(store) });

  const [, kind, id = '', part] =
    /^\/(api\/messages|messages)\/([0-9a-f-]{1,40})(?:\/(raw|html))?$/.exec(pathname) ?? [];
  const found = kind ? store.read(id) : null;
  if (!found) return refusal(404);
  if (kind === 'api/messages' && part === 'raw') {
    // Never shown by a browser as what it may claim to be.
    return { status: 200, type: 'text/plain; charset=utf-8', body: found.raw };
  }
  if (kind === 'api/messages' && !part) return json(await readMessage(id, found.raw, found.envelope));
  if (kind === 'messages' && part === 'html') {
    const body = `<base target="_blank">${(await htmlWithImages(found.raw)) ?? ''}`;
    return { ...html(body), policy: MAIL_POLICY };
  }
  if (kind === 'messages' && !part) return html(messagePage(await readMessage(id, found.raw, found.envelope)));
  return refusal(404);
}

/** Newest first. @param {import('./message-store.mjs').MessageStore} store */
async function messages(store) {
  const items = [];
  for (const id of store.ids()) {
    const found = store.read(id);
    if (found) items.push(await readMessage(id, found.raw, found.envelope));
  }
  return items;
}

/** @param {unknown} body @returns {Answer} */
function json(body) {
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

/** @param {string} body @returns {Answer} */
function html(body) {
  return { status: 200, type: 'text/html; charset=utf-8', body };
}

/** @param {number} status @returns {Answer} */
function refusal(status) {
  return { status, type: 'text/plain; charset=utf-8', body: `${status}\n` };
}
