// @ts-check
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isAlive } from '../machine/identity.mjs';
import { freePort } from '../machine/ports.mjs';
import { deleteData } from '../servers/postgres-data.mjs';
import { commandsOn } from '../testing/launch-command.mjs';
import { createScratchDatabase } from '../testing/scratch-database.mjs';

const localDir = mkdtempSync(join(tmpdir(), 'smart-wallet-start-'));
chmodSync(localDir, 0o755);
const launch = commandsOn(localDir);
const stackFile = join(localDir, 'stack.json');
afterAll(() => {
  deleteData(join(localDir, 'postgres'));
  rmSync(localDir, { recursive: true, force: true });
});

describe('npm start', () => {
  it('runs the platform, refuses a second start beside it, and cleans up when it is stopped', async () => {
    const first = launch(['start', '--engines', '1', '--no-demo']);
    await expect.poll(() => first.output(), { timeout: 110_000 }).toContain('is ready');
    const stack = JSON.parse(readFileSync(stackFile, 'utf8'));
    expect(statSync(stackFile).mode & 0o777).toBe(0o600);
    expect(Object.keys(stack).sort()).toEqual(
      [
        'amqpUrl',
        'databaseUrl',
        'displayToken',
        'gatewayUrl',
        'mailUrl',
        'natsUrl',
        'ops',
        'processes',
        'redisUrl',
        'token',
        'webUrl',
      ].sort(),
    );
    const names = stack.processes.map((/** @type {{ name: string }} */ { name }) => name);
    expect(names.sort()).toEqual([
      ...['engine-1', 'gateway-1', 'mail', 'nats', 'postgres', 'rabbitmq', 'redis', 'workers'],
    ]);
    expect((await fetch(`${stack.gatewayUrl}/health/ready`)).status).toBe(200);
    expect(stack.amqpUrl).toMatch(/^amqp:/);
    expect(await (await fetch(`${stack.mailUrl}/api/messages`)).json()).toEqual({ items: [] });
    const { healthUrl } = stack.processes.find((/** @type {{ name: string }} */ { name }) => name === 'engine-1');
    expect((await fetch(`${healthUrl}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${healthUrl}/metrics`)).text()).toContain('wallet_engine_partitions_held 64');

    for (const { email, password } of [stack.ops, stack.ops.operator]) {
      expect(first.output()).toContain(`${email}   ${password}`);
      const signedIn = await fetch(`${stack.gatewayUrl}/api/auth/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      expect(signedIn.status).toBe(201);
      const { user } = /** @type {{ user: { role: string } }} */ (await signedIn.json());
      expect(user.role).toBe(email === stack.ops.email ? 'admin' : 'operator');
    }

    const elsewhere = await createScratchDatabase('elsewhere');
    const audit = launch(['audit', '--json'], { DATABASE_URL: elsewhere.urlAs('wallet_audit') });
    expect(await audit.exitCode, audit.output()).toBe(0);
    expect(JSON.parse(audit.output().slice(audit.output().indexOf('{'))).database).toEqual({
      ...{ host: new URL(elsewhere.url).hostname, port: Number(new URL(elsewhere.url).port) },
      ...{ name: elsewhere.name, role: 'wallet_audit' },
    });
    await elsewhere.drop();
    const gone = launch(['audit'], { DATABASE_URL: elsewhere.urlAs('wallet_audit') });
    expect(await gone.exitCode).toBe(2);
    const both = launch(['audit'], { DATABASE_URL: elsewhere.url, AUDIT_DATABASE_URL: stack.databaseUrl });
    expect(await both.exitCode).toBe(1);
    expect(both.output()).toContain('Set one of AUDIT_DATABASE_URL, DATABASE_URL.');
    const local = launch(['audit']);
    expect(await local.exitCode, local.output()).toBe(0);
    expect(local.output()).toMatch(new RegExp(`at 127.0.0.1:${new URL(stack.databaseUrl).port}, read as wallet_audit`));

    const steered = launch(['demo', '--rate', '9']);
    expect(await steered.exitCode).toBe(1);
    expect(steered.output()).toContain('runs without demo traffic');
    const second = launch(['start']);
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toContain(`already running at ${stack.gatewayUrl}`);
    const reset = launch(['reset', '--yes']);
    expect(await reset.exitCode).toBe(1);
    expect(JSON.parse(readFileSync(stackFile, 'utf8'))).toEqual(stack);

    const records = names.map((/** @type {string} */ name) =>
      JSON.parse(readFileSync(join(localDir, 'run', `${name}.process.json`), 'utf8')),
    );
    expect(await launch(['stop']).exitCode).toBe(0);
    expect(await first.exitCode).toBe(0);
    expect(existsSync(stackFile)).toBe(false);
    expect(records.some(isAlive)).toBe(false);
  }, 180_000);

  it.each([
    ['start', '--wrkers'],
    ['stop', '--foo'],
    ['doctor', 'x'],
    ['reset', '--y'],
    ['audit', 'x'],
    ['soak', '--nope'],
    ['bench', '--quik'],
    ['demo', '--rte'],
    ['dev', '--fast'],
  ])('%s refuses %s, without a stack trace', async (command, option) => {
    const refused = launch([command, option]);
    expect(await refused.exitCode).not.toBe(0);
    expect(refused.output().trim().split('\n').pop()).toContain(option);
    expect(refused.output()).not.toContain('    at ');
  });

  it.each(['demo', 'dev'])('%s says that nothing is running', async (command) => {
    const refused = launch([command]);
    expect(await refused.exitCode).toBe(1);
    expect(refused.output()).toContain('Smart Wallet is not running here. In another terminal: npm start');
  });

  it('says which setting is wrong when the port that was asked for is taken', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise((done) => server.listen(port, '127.0.0.1', () => done(null)));
    const start = launch(['start'], { GATEWAY_PORT: String(port) });
    expect(await start.exitCode).toBe(1);
    expect(start.output()).toContain(`Port ${port} (GATEWAY_PORT) cannot be used: another program uses it`);
    server.close();
  });

  it('refuses what one of its programs would refuse, before any of them is started', async () => {
    const start = launch(['start'], { WALLET_NAMESPACE: 'Prod' });
    expect(await start.exitCode).toBe(1);
    expect(start.output()).toContain('WALLET_NAMESPACE must be 1 to 40 lower-case letters, digits, - and _');
    expect(start.output()).not.toContain('Starting');
    const doctor = launch(['doctor'], { WALLET_NAMESPACE: 'Prod', GATEWAY_PROT: '3000' });
    expect(await doctor.exitCode).toBe(1);
    expect(doctor.output()).toContain('WALLET_NAMESPACE must be 1 to 40 lower-case letters, digits, - and _');
    expect(doctor.output()).toContain('was GATEWAY_PORT meant?');
  });

  it('deletes the local data on reset', async () => {
    expect(existsSync(join(localDir, 'postgres'))).toBe(true);
    expect(await launch(['reset', '--yes']).exitCode).toBe(0);
    expect(existsSync(join(localDir, 'postgres'))).toBe(false);
  });
});
