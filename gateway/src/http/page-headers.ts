import { createHash } from 'node:crypto';

/* What a browser is told about everything that it is given to show. The API's own answers need less: see `answer-headers`. */

/** What a page asks of `content-security-policy` beyond nothing at all. */
export type PagePolicy = Readonly<Record<string, string>>;

/** No page asks the browser for any of these. Only names that browsers know: they complain of others in the console. */
const powersDenied = [
  ...['accelerometer', 'autoplay', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'hid'],
  ...[
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'publickey-credentials-get',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ],
];

/** Of a file that a page is made of. Nobody else's page may use it. */
export const fileHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** Of a page. It holds nothing, runs nothing and talks to nobody but where its policy says so, and nobody frames it. */
export function pageHeaders(policy: PagePolicy = {}): Readonly<Record<string, string>> {
  const directives = {
    ...{ 'default-src': "'none'", ...policy },
    ...{ 'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'none'" },
  };
  return {
    ...fileHeaders,
    'content-security-policy': Object.entries(directives)
      .map(([name, sources]) => `${name} ${sources}`)
      .join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': powersDenied.map((power) => `${power}=()`).join(', '),
  };
}

/** The source that allows just this text of a `<style>` or `<script>` in the page. */
export function inlineSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
