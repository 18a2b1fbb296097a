import type { Metric, Registry } from 'prom-client';

const name = 'wallet_http_request_duration_seconds';
const help = 'HTTP requests by route and status';
/** Seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2.5, 5, 10];

/** The calls of the SLA: rules/sla.yml selects the same routes. */
const moneyRoutes = /^\/api\/((payments|holds|transactions)(\/.*)?|wallets\/[^/]+\/(deposits|withdrawals))$/;
/** What counts as failed. Counted from zero: of a series that is born with its first failures, Prometheus sees no increase. */
const failures = [500, 503, 504];

export function movesMoney(method: string, route: string): boolean {
  return method === 'POST' && moneyRoutes.test(route);
}

/** The requests of one route with one status. */
class Durations {
  readonly #counts: number[] = new Array(bounds.length + 1).fill(0);
  #sum = 0;

  constructor(readonly labels: Readonly<Record<'method' | 'route' | 'status', string>>) {}

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += seconds;
  }

  /** As Prometheus counts: each bucket holds those before it. */
  values() {
    const { labels } = this;
    let count = 0;
    const buckets = this.#counts.map((each, i) => {
      count += each;
      return { metricName: `${name}_bucket`, labels: { le: bounds[i] ?? '+Inf', ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

/** How long requests took. prom-client's own histogram names, checks and hashes its labels for every request: this only counts. */
export class RequestDurations {
  readonly #all: Durations[] = [];

  constructor(registry: Registry) {
    const get = async () => ({
      ...{ name, help, type: 'histogram', aggregator: 'sum' },
      values: this.#all.flatMap((each) => each.values()),
    });
    registry.registerMetric({ name, get } as unknown as Metric);
  }

  /** Observes one route's requests. */
  route(method: string, route: string): (status: number, seconds: number) => void {
    const byStatus = new Map<number, Durations>();
    const of = (status: number) => {
      let durations = byStatus.get(status);
      if (!durations) {
        durations = new Durations({ method, route, status: String(status) });
        byStatus.set(status, durations);
        this.#all.push(durations);
      }
      return durations;
    };
    if (movesMoney(method, route)) failures.forEach(of);
    return (status, seconds) => of(status).observe(seconds);
  }
}
