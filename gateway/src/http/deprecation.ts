import type { FastifyInstance } from 'fastify';

/**
 * A route that will go, or has been replaced. Times are days: `2026-11-30`, from its midnight in UTC on. The policy stands in
 * gateway/ACCESS.md.
 */
export interface Deprecation {
  /** Since when nobody should begin to use it. */
  readonly since: string;
  /** From when on it may answer 404 or 410; at least `sunsetAfterDaysMin` after `since`. */
  readonly sunset?: string;
  /** The address of what takes its place: `/api/…`. */
  readonly successor?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    deprecation?: Deprecation;
  }
}

/** Between the announcement and the end, so that callers have two quarters to follow. */
export const sunsetAfterDaysMin = 180;
const dayMs = 86_400_000;

/** Has every answer of a deprecated route say so, refusals too. Call it before the routes are added. */
export function announceDeprecations(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const deprecation = route.config?.deprecation;
    if (deprecation === undefined) return;
    const headers = deprecationHeaders(deprecation);
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      (_request, reply, payload, done) => {
        reply.headers(headers);
        done(null, payload);
      },
    ];
  });
}

/** RFC 9745, RFC 8594 and RFC 8288. Throws where the dates break the policy: it is code that says them. */
export function deprecationHeaders({ since, sunset, successor }: Deprecation): Readonly<Record<string, string>> {
  const sinceMs = midnight(since);
  const headers: Record<string, string> = { deprecation: `@${sinceMs / 1_000}` };
  if (sunset !== undefined) {
    const sunsetMs = midnight(sunset);
    if (sunsetMs - sinceMs < sunsetAfterDaysMin * dayMs) {
      throw new Error(`a route ends at least ${sunsetAfterDaysMin} days after it is deprecated: ${since}, ${sunset}`);
    }
    headers.sunset = new Date(sunsetMs).toUTCString();
  }
  if (successor !== undefined) headers.link = `<${successor}>; rel="successor-version"`;
  return headers;
}

/** For people, in the description. */
export function deprecationWords({ since, sunset, successor }: Deprecation): string {
  const end = sunset === undefined ? '' : ` It may be gone from ${sunset} on.`;
  return `Deprecated since ${since}.${end}${successor === undefined ? '' : ` Use \`${successor}\` instead.`}`;
}

function midnight(day: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(ms)) throw new Error(`not a day: ${day}`);
  return ms;
}
