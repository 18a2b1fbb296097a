// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';
import { checkVariables, similarVariables, variablesHelp, withoutEmpty } from './variables.mjs';

describe('the variables of npm start', () => {
  it('are refused by the programs’ own rules', async () => {
    const set = {
      WALLET_NAMESPACE: 'Prod',
      LOG_LEVEL: 'debug',
      GATEWAY_TOKEN: '',
      REDIS_URL_FILE: '/nowhere/redis-url',
    };
    const { given, problems } = await checkVariables(set);
    expect(problems).toEqual([
      expect.stringMatching(/^REDIS_URL_FILE is \/nowhere\/redis-url, which is not read/),
      expect.stringMatching(/^WALLET_NAMESPACE must be 1 to 40 lower-case letters/),
    ]);
    expect(given).not.toHaveProperty('REDIS_URL_FILE');
  });

  it('are asked about when one is nearly right', () => {
    expect(similarVariables({ GATEWAY_PROT: '1', REDIS_URI: 'x', GATEWAY_PORT: '1', NATS_URL_FILE: '/x' })).toEqual([
      'GATEWAY_PROT is set, which nothing reads: was GATEWAY_PORT meant?',
      'REDIS_URI is set, which nothing reads: was REDIS_URL meant?',
    ]);
  });

  it('are left out when they are empty', () => {
    expect(withoutEmpty({ GATEWAY_PORT: '', LOG_LEVEL: 'info', OTHER: '' })).toEqual({ LOG_LEVEL: 'info', OTHER: '' });
  });

  it('are all explained, but for those that it sets itself or is not for', () => {
    const rules = readFileSync(join(repoDir, 'engine', 'src', 'contract', 'environment.json'), 'utf8');
    const unexplained = Object.keys(JSON.parse(rules)).filter(
      (name) => !new RegExp(`^  ${name} `, 'm').test(variablesHelp()),
    );
    const itsOwn = [
      ...['ENGINE_NAME', 'ENGINE_HEALTH_HOST', 'ENGINE_HEALTH_PORT', 'GATEWAY_HOST'],
      ...['WALLET_ENGINE_PASSWORD', 'WALLET_GATEWAY_PASSWORD', 'WALLET_WORKERS_PASSWORD', 'WALLET_AUDIT_PASSWORD'],
      ...[
        'AUDIT_DATABASE_URL',
        'WORKER_NAME',
        'WORKER_HEALTH_HOST',
        'WORKER_HEALTH_PORT',
        'GATEWAY_URL',
        'WORKER_TOKEN',
      ],
    ];
    expect(unexplained.sort()).toEqual(['ALLOW_PLAINTEXT', 'WALLET_ENV', ...itsOwn].sort());
  });

  it('are explained', () => {
    expect(variablesHelp()).toMatch(/^ {2}GATEWAY_PORT +the API's port; 0: any free one \(3000/m);
  });
});
