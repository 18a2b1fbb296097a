import type { FastifyInstance } from 'fastify';
import type { Access } from './access.js';

/** What calls are counted together for a caller's rate limit: what moves money, what reads, what acts on others' things, sign-ins. */
export type RateLimitGroup = 'payments' | 'reads' | 'acts' | 'sign-in';

/** A call that counts for as many as its body asks for. */
export interface RatePoints {
  /** Where the body says it. */
  readonly field: string;
  readonly of: (body: unknown) => number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Said once, on the route. By the token's subject; where no token is needed, by address. */
    rateLimit?: RateLimitGroup;
    /** 1 without it. */
    ratePoints?: RatePoints;
  }
}

/**
 * Without the group of each route that takes a token, the application does not start; what is open to anybody may have none, as
 * pages have. Call it before the routes are added.
 */
export function watchRateLimits(app: FastifyInstance): void {
  const routes: { method: string | string[]; url: string; config?: { access?: Access; rateLimit?: RateLimitGroup } }[] =
    [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', (done) => {
    const silent = routes.filter(({ config }) => config?.access !== 'public' && config?.rateLimit === undefined);
    const names = silent.map(({ method, url }) => `${method} ${url}`);
    done(names.length > 0 ? new Error(`routes that do not say their rate limit: ${names.join(', ')}`) : undefined);
  });
}
