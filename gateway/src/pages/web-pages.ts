import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { digestStyle } from '@smart-wallet/engine/contract/digest-style.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { openRoutes } from '../http/access.js';
import { fileHeaders, inlineSource, pageHeaders } from '../http/page-headers.js';
import { ProblemError } from '../http/problem.js';

const assetsPrefix = '/assets/';
const yearMs = 31_536_000_000;
const hourSeconds = 3_600;

interface Page {
  readonly file: string;
  readonly paths: readonly string[];
  /** What it may talk to. */
  readonly connect: string;
  /** Beside the style sheets of its own. */
  readonly style?: string;
}

const pages: readonly Page[] = [
  // It talks to the gateways that it was told of, wherever they are.
  { file: 'index.html', paths: ['/wallboard'], connect: "'self' ws: wss: http: https:" },
  // Below its address the page itself knows what is where.
  {
    file: 'console.html',
    paths: ['/console', '/console/', '/console/*'],
    connect: "'self'",
    style: inlineSource(digestStyle),
  },
];

/** A picture opened by itself is a page as well: an SVG may hold scripts. */
const besideHeaders = pageHeaders();

/**
 * The built pages: the wallboard, which `/` leads to, and the console; their assets, whose names change with their content; and the few files
 * that stand beside the page, such as its icon. None of it needs a token: the pages ask for one.
 */
export class WebPages {
  readonly #dir: string;
  readonly #besidePage: readonly string[];

  constructor(dir: string, log: Logger) {
    this.#dir = dir;
    if (!this.#isBuilt()) log.warn({ dir }, 'the web pages are not built: npm run build makes them');
    this.#besidePage = filesIn(dir).filter((name) => !pages.some(({ file }) => file === name));
  }

  /** Adds the routes. */
  serve(http: FastifyInstance): void {
    void http.register(async (scope) => this.#serve(scope));
  }

  #serve(http: FastifyInstance): void {
    openRoutes(http, () => true);
    http.addHook('onRequest', refuseEscapes);
    void http.register(fastifyStatic, {
      root: join(this.#dir, 'assets'),
      prefix: assetsPrefix,
      index: false,
      dotfiles: 'ignore',
      preCompressed: true,
      immutable: true,
      maxAge: yearMs,
      suppressWarning: true,
      setHeaders: (reply) => {
        for (const [name, value] of Object.entries(fileHeaders)) reply.header(name, value);
      },
    });
    for (const path of ['/', '/wallboard/']) http.get(path, (_request, reply) => reply.redirect('/wallboard', 302));
    for (const page of pages) {
      const headers = headersOf(page);
      for (const path of page.paths) http.get(path, (_request, reply) => this.#sendPage(page, reply.headers(headers)));
    }
    for (const name of this.#besidePage) {
      http.get(`/${name}`, (_request, reply) =>
        reply
          .headers({ ...besideHeaders, 'cache-control': `max-age=${hourSeconds}` })
          .sendFile(name, this.#dir, { cacheControl: false }),
      );
    }
  }

  #sendPage({ file }: Page, reply: FastifyReply): FastifyReply {
    if (!this.#isBuilt()) throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'The web pages are not built.' });
    return reply.sendFile(file, this.#dir, { cacheControl: false });
  }

  #isBuilt(): boolean {
    return pages.every(({ file }) => existsSync(join(this.#dir, file)));
  }
}

function headersOf({ connect, style }: Page): Readonly<Record<string, string>> {
  const sources = {
    'script-src': "'self'",
    'style-src': style ? `'self' ${style}` : "'self'",
    'img-src': "'self' data:",
    'font-src': "'self' data:",
  };
  return { ...pageHeaders({ ...sources, 'connect-src': connect }), 'cache-control': 'no-cache' };
}

/** The pages are there by their own spelling only, which has no escapes. */
function refuseEscapes(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const isEscaped = (request.raw.url as string).split('?', 1)[0]?.includes('%');
  done(isEscaped ? new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'No route has this address.' }) : undefined);
}

function filesIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^\w[\w.-]*$/.test(entry.name))
    .map(({ name }) => name);
}
