import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { signedHeaders } from './signature.js';

const page = readFileSync(new URL('../../WEBHOOKS.md', import.meta.url), 'utf8');
const snippet = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] as string;
const newSecret = (bytes = 24) => `whsec_${randomBytes(bytes).toString('base64')}`;

const secrets = [newSecret(), newSecret(64)];
const payload = '{"note":"Zürich 💶","n":12345678901234567890}';
const now = Date.now();
const signed = (atMs = now, by = secrets) => ({ ...signedHeaders({ eventId: randomUUID(), payload, atMs }, by) });

interface Trial {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly secret: string;
  readonly genuine: boolean;
}
const [newest = '', older = ''] = secrets;
const good = signed();
const trials: Trial[] = [
  { headers: good, body: payload, secret: newest, genuine: true },
  { headers: good, body: payload, secret: older, genuine: true },
  { headers: signed(now, [older]), body: payload, secret: older, genuine: true },
  { headers: signed(now, [older]), body: payload, secret: newest, genuine: false },
  { headers: good, body: `${payload} `, secret: newest, genuine: false },
  { headers: { ...good, 'webhook-id': randomUUID() }, body: payload, secret: newest, genuine: false },
  {
    headers: { ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) + 1) },
    body: payload,
    secret: newest,
    genuine: false,
  },
  { headers: { ...good, 'webhook-timestamp': 'soon' }, body: payload, secret: newest, genuine: false },
  {
    headers: { ...good, 'webhook-signature': good['webhook-signature'].replaceAll('v1,', 'v2,') },
    body: payload,
    secret: newest,
    genuine: false,
  },
  { headers: { ...good, 'webhook-signature': 'v1,' }, body: payload, secret: newest, genuine: false },
  { headers: signed(now - 301_000), body: payload, secret: newest, genuine: false },
  { headers: signed(now + 310_000), body: payload, secret: newest, genuine: false },
];

describe('a signature is verified', () => {
  test('by the reference library', () => {
    for (const { headers, body, secret, genuine } of trials) {
      const verify = () => new Webhook(secret).verify(body, headers);
      if (genuine) expect(verify()).toEqual(JSON.parse(body));
      else expect(verify, JSON.stringify(headers)).toThrow();
    }
  });

  test('by the snippet for Node', async () => {
    const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(snippet('js'))}`)) as {
      isGenuine(headers: object, body: Buffer, secret: string): boolean;
    };
    for (const { headers, body, secret, genuine } of trials) {
      expect([headers, isGenuine(headers, Buffer.from(body), secret)]).toEqual([headers, genuine]);
    }
  });

  test('by the snippet for Python, where there is one', () => {
    const program = `${snippet('python')}
import json, sys
print(json.dumps([is_genuine(t["headers"], t["body"].encode(), t["secret"]) for t in json.load(sys.stdin)]))`;
    const run = spawnSync('python3', ['-c', program], { input: JSON.stringify(trials), encoding: 'utf8' });
    const nobody = (run.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    expect(nobody ? trials.map(({ genuine }) => genuine) : JSON.parse(run.stdout)).toEqual(
      trials.map(({ genuine }) => genuine),
    );
  });
});
