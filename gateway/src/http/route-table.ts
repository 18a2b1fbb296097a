import type { FastifyInstance } from 'fastify';

/** Which methods each address has, to tell 405 from 404. */
export class RouteTable {
  readonly #methods = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  /** Call it before the routes are added. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => {
      const known = this.#methods.get(route.url) ?? { pattern: pathPattern(route.url), methods: new Set<string>() };
      for (const method of [route.method].flat()) known.methods.add(method);
      this.#methods.set(route.url, known);
    });
  }

  /** The methods of an address, sorted; empty when there is nothing. */
  allowed(url: string): string[] {
    const path = url.split('?', 1)[0] as string;
    const methods = new Set<string>();
    for (const route of this.#methods.values()) {
      if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

function pathPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`^${source}$`);
}
