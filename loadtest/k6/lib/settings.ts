/** What a run is told, by the environment: `npm run sla` sets it, and so may whoever calls k6 by hand. */
const variables: Record<string, string | undefined> = __ENV;

function need(name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new Error(`${name} is missing. npm run sla -- --help says how to run this.`);
}

function count(name: string, usual: number): number {
  const value = Number(variables[name] ?? usual);
  if (value > 0) return value;
  throw new Error(`${name} takes a number above 0, not "${variables[name]}".`);
}

function whole(name: string, usual: number): number {
  const value = count(name, usual);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} takes a whole number, not "${variables[name]}".`);
}

/** Of the gateway or what balances gateways, without a slash at its end. */
export const url = need('SLA_URL').replace(/\/+$/, '');
/** A service's, or the local stack's: a person's would need a second person for large amounts. */
export const token = need('SLA_TOKEN');
/** Names this run in keys and references. */
export const runId = variables.SLA_RUN ?? `${Date.now()}`;
/** Calls begun each second; k6 takes whole numbers. */
export const rate = (usual: number) => whole('SLA_RATE', usual);
/** In k6's form: `90s`, `30m`. */
export const duration = (usual: string) => variables.SLA_DURATION ?? usual;
/** Of a time in k6's form. */
export function secondsOf(time: string): number {
  const units: Record<string, number> = { h: 3_600, m: 60, s: 1 };
  return [...time.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit = 's']) => sum + Number(n) * (units[unit] ?? 1),
    0,
  );
}
/** Milliseconds; 95 of 100 calls are answered within. */
export const p95Ms = count('SLA_P95_MS', 200);
/** Wallets that pay, and as many that are paid. */
export const pairs = whole('SLA_PAIRS', 100);
/** Seconds for which a call without an answer is asked again, under its key. */
export const settleS = count('SLA_SETTLE_S', 60);
export const currency = variables.SLA_CURRENCY ?? 'EUR';
/** Where the summary's files go; none are written without it. */
export const outFolder = variables.SLA_OUT;
