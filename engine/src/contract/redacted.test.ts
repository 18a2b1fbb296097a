import { expect, it } from 'vitest';
import { redactedText } from './redacted.js';

it.each([
  ['postgres://wallet:hunter2@db/wallet', 'postgres://wallet:***@db/wallet'],
  ['redis://:hunter2@cache and nats://engine:hunter2@bus:4222', 'redis://:***@cache and nats://engine:***@bus:4222'],
  ['postgres://wallet@db/wallet?a=1&password=hunter2&b=2', 'postgres://wallet@db/wallet?a=1&password=***&b=2'],
  ['amqps://workers:h%2Fu%40@mq/%2f', 'amqps://workers:***@mq/%2f'],
  ['http://gateway:3000/a@b and no secret', 'http://gateway:3000/a@b and no secret'],
])('%s loses its password', (text, redacted) => {
  expect(redactedText(text)).toBe(redacted);
});
