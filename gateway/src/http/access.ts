import type { Role } from '@smart-wallet/engine/contract/role.js';
import type { FastifyInstance } from 'fastify';

/** Who may use a route: anybody, or who has one of the roles. Said once, on the route. */
export type Access = 'public' | readonly Role[];

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** A request without a body is one, too. */
    takesNoBody?: boolean;
  }
}

/** Reads wallets and transactions. */
export const readers: readonly Role[] = ['service', 'viewer', 'operator', 'admin'];
/** Reads what is of the whole platform. */
export const viewers: readonly Role[] = ['viewer', 'operator', 'admin'];
/** Creates wallets and moves money. */
export const movers: readonly Role[] = ['service', 'operator', 'admin'];
/** Acts on what others own. */
export const operators: readonly Role[] = ['operator', 'admin'];
/** Watches the live stream, in which everybody's payments are. */
export const watchers: readonly Role[] = ['display', 'viewer', 'operator', 'admin'];
/** Configures. */
export const admins: readonly Role[] = ['admin'];

export interface RouteAccess {
  method: string;
  url: string;
  access: Access | undefined;
}

/**
 * Every route, with who may use it, once all are added; without that of each one the application does not start. Call it
 * before the routes are added.
 */
export function watchAccess(app: FastifyInstance): () => RouteAccess[] {
  const routes: { method: string | string[]; url: string; config?: { access?: Access } }[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', (done) => {
    const silent = routes.filter(({ config }) => config?.access === undefined);
    const names = silent.map(({ method, url }) => `${method} ${url}`);
    done(names.length > 0 ? new Error(`routes that do not say who may use them: ${names.join(', ')}`) : undefined);
  });
  return () =>
    routes.flatMap(({ method, url, config }) =>
      [method].flat().map((one) => ({ method: one, url, access: config?.access })),
    );
}

/** Opens the routes that somebody else's plugin adds. Call it before they are added. */
export function openRoutes(app: FastifyInstance, isTheirs: (url: string) => boolean): void {
  app.addHook('onRoute', (route) => {
    if (isTheirs(route.url)) route.config = { ...route.config, access: 'public' };
  });
}
