import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type NatsRole, natsRights } from '../contract/nats-rights.js';

const configuration = readFileSync(new URL('../../../deploy/nats/nats.conf', import.meta.url), 'utf8')
  // What stands after a # outside of quotes is a comment.
  .replace(/^((?:[^"#\n]|"[^"\n]*")*)#.*$/gm, '$1');

it("the server's configuration lets each role say and hear what it does, and nothing else", () => {
  for (const role of ['engine', 'gateway'] as const) {
    expect(permitted(role)).toEqual(natsRights('*')[role]);
    expect(configuration).toMatch(
      new RegExp(`user: ${role}, password: \\$NATS_${role.toUpperCase()}_PASSWORD, permissions: \\$${nameOf(role)} `),
    );
  }
});

it('it has no other users, and lets nobody in without a password', () => {
  expect(configuration.match(/\buser:/g)).toHaveLength(2);
  expect(configuration).not.toMatch(/no_auth_user|allow_responses|default_permissions|authorization/);
});

it('a gateway may not say what only engines say, and hears no commands', () => {
  const { engine, gateway } = natsRights('wallet');
  for (const subject of engine.publish) expect(gateway.publish).not.toContain(subject);
  for (const subject of engine.subscribe.filter((each) => each.startsWith('wallet.w.')))
    expect(gateway.subscribe).not.toContain(subject);
});

const nameOf = (role: NatsRole) => `${role.toUpperCase()}_MAY`;

function permitted(role: NatsRole) {
  const block = new RegExp(`^${nameOf(role)} \\{(.*?)^\\}`, 'ms').exec(configuration)?.[1] ?? '';
  const list = (name: string) => {
    const subjects = new RegExp(`${name}: \\[(.*?)\\]`, 's').exec(block)?.[1] ?? '';
    return [...subjects.matchAll(/"([^"]+)"/g)].map(([, subject]) => subject);
  };
  return { publish: list('publish'), subscribe: list('subscribe') };
}
