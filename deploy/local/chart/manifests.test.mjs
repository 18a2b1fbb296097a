// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';
import { isSecret, programs, rules, servingPrograms, variablesOf } from './program-variables.mjs';
import { goldenFile, manifestsOf, readYaml, valueSets, valuesFile } from './rendered-chart.mjs';

/** Whom a variable's URL leads to, and which policy has to let it through; null: nobody calls it. @type {Record<string, string | null>} */
const policyOf = {
  DATABASE_URL: 'postgres',
  AUDIT_DATABASE_URL: 'postgres',
  REDIS_URL: 'redis',
  NATS_URL: 'nats',
  AMQP_URL: 'rabbitmq',
  SMTP_URL: 'smtp',
  AUTH_JWKS_URL: 'identityProvider',
  OPENAI_BASE_URL: 'model',
  GATEWAY_URL: 'gateway',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
  CONSOLE_URL: null,
  GATEWAY_PUBLIC_URL: null,
};
/** What must be set for that call to be made at all. @type {Record<string, string>} */
const onlyWith = { OPENAI_BASE_URL: 'OPENAI_API_KEY' };

describe.each(valueSets)('of the values %s', (set) => {
  const manifests = manifestsOf(readFileSync(goldenFile(set), 'utf8'));
  const values = readYaml(valuesFile(set));
  const byDefault = readYaml(join(repoDir, 'deploy/helm/smart-wallet/values.yaml'));

  const present = programs.filter((program) => program !== 'audit' || values.audit?.enabled);

  /** @param {string} kind @param {string} program */
  function manifest(kind, program) {
    const found = manifests.find(
      ({ kind: its, metadata }) => its === kind && metadata.labels['app.kubernetes.io/component'] === program,
    );
    if (!found) throw new Error(`no ${kind} of ${program}`);
    return found;
  }
  /** @param {string} program */
  function podOf(program) {
    const { spec } = manifest(kindOf(program), program);
    return (program === 'audit' ? spec.jobTemplate.spec : spec).template.spec;
  }
  /** @param {string} program @returns {Map<string, string | undefined>} */
  function environmentOf(program) {
    const env = podOf(program).containers[0].env;
    return new Map(env.map((/** @type {{ name: string, value?: string }} */ { name, value }) => [name, value]));
  }

  it.each(present)('%s is given only what it reads, once, and all that it must have', (program) => {
    const env = podOf(program).containers[0].env.map((/** @type {{ name: string }} */ { name }) => name);
    expect(new Set(env).size).toBe(env.length);
    const given = env
      .filter((/** @type {string} */ name) => name !== 'NODE_EXTRA_CA_CERTS')
      .map((/** @type {string} */ name) => name.replace(/_FILE$/, ''));
    const read = variablesOf(program);
    expect(given.filter((/** @type {string} */ name) => !read.includes(name))).toEqual([]);
    const needed = read.filter((name) => {
      const { optional, production, default: usual } = rules[name] ?? {};
      if (name === 'GATEWAY_URL' || name === 'WORKER_TOKEN') return false;
      return production === 'secret' || (!optional && usual === undefined && production !== 'absent');
    });
    expect(needed.filter((name) => !given.includes(name))).toEqual([]);
  });

  it.each(present)('%s reads its secrets from files of the Secret that are there', (program) => {
    const pod = podOf(program);
    const { mountPath } = pod.containers[0].volumeMounts.find(
      (/** @type {{ name: string }} */ { name }) => name === 'secrets',
    );
    const { secret } = pod.volumes.find((/** @type {{ name: string }} */ { name }) => name === 'secrets');
    const files = secret.items.map((/** @type {{ path: string }} */ { path }) => `${mountPath}/${path}`);
    const asked = [...environmentOf(program)].filter(([name]) => name.endsWith('_FILE')).map(([, file]) => file);
    expect(asked.sort()).toEqual(files.sort());
    for (const [name] of environmentOf(program)) expect(isSecret(name), name).toBe(false);
  });

  it.each(servingPrograms)('%s is asked after its health where it answers', (program) => {
    const [container] = podOf(program).containers;
    const [{ name, containerPort }] = container.ports;
    const { startupProbe, livenessProbe, readinessProbe } = container;
    expect([startupProbe, livenessProbe].map(({ httpGet }) => httpGet)).toEqual(
      Array(2).fill({ path: '/health/live', port: name }),
    );
    // A partition without an owner takes no gateway out of the Service: it would take all.
    const path = program === 'gateway' ? '/health/ready?for=traffic' : '/health/ready';
    expect(readinessProbe.httpGet).toEqual({ path, port: name });
    const variable = { gateway: 'GATEWAY_PORT', engine: 'ENGINE_HEALTH_PORT', workers: 'WORKER_HEALTH_PORT' }[program];
    expect(environmentOf(program).get(variable)).toBe(String(containerPort));
    // What a server that is away has to do with it is nothing: the answer asks nobody.
    const answers = {
      live: /'(\/health\/)?live'.*200, { status: 'live' }/s,
      ready: /'(\/health\/)?ready'.*ready \? 200 : 503/s,
    };
    for (const answer of Object.values(answers)) expect(healthSource(program)).toMatch(answer);
  });

  it('each program has the time that it takes to stop', () => {
    const { preStopSeconds, stopDelaySeconds } = { ...byDefault.gateway.stopping, ...values.gateway?.stopping };
    const gatewayMs = constantOf('gateway/src/main.ts', 'stopTimeoutMs');
    const grace = (/** @type {string} */ program) => podOf(program).terminationGracePeriodSeconds;
    expect(grace('gateway')).toBeGreaterThan(preStopSeconds + stopDelaySeconds + gatewayMs / 1_000);
    expect(environmentOf('gateway').get('GATEWAY_STOP_DELAY_MS')).toBe(String(stopDelaySeconds * 1_000));
    expect(podOf('gateway').containers[0].lifecycle.preStop.sleep.seconds).toBe(preStopSeconds);
    expect(grace('engine')).toBeGreaterThan(constantOf('engine/src/main.ts', 'stopTimeoutMs') / 1_000);
    expect(grace('workers')).toBeGreaterThan(constantOf('workers/src/main.ts', 'stopTimeoutMs') / 1_000);
  });

  it.each(servingPrograms)('%s is replaced one by one, and may leave its node one by one', (program) => {
    const { spec } = manifest('Deployment', program);
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    const budget = manifest('PodDisruptionBudget', program).spec;
    expect(budget).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: spec.selector.matchLabels } });
    // A label of a version would start pods anew of which nothing else has changed.
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
  });

  it.each(present)('%s may do nothing on its node', (program) => {
    const pod = podOf(program);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('an engine is named after its pod, within what a name may have', () => {
    const env = podOf('engine').containers[0].env;
    expect(env).toContainEqual({ name: 'ENGINE_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } });
    const longest = 35 + '-workers'.length + '-0123456789'.length + '-abcde'.length;
    expect(new RegExp(`^(?:${rules.ENGINE_NAME?.pattern})$`).test('a'.repeat(longest))).toBe(true);
  });

  it('the schema is migrated before anything of a version starts, with nothing that the release has yet to make', () => {
    const job = manifest('Job', 'migrate');
    expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(job.spec.template.spec.serviceAccountName).toBeUndefined();
    const policy = manifest('NetworkPolicy', 'migrate').metadata.annotations;
    expect(policy?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(Number(policy?.['helm.sh/hook-weight'])).toBeLessThan(
      Number(job.metadata.annotations?.['helm.sh/hook-weight']),
    );
  });

  it('the audit runs where it is asked for, one at a time, and what it found fails it once', () => {
    const audits = manifests.filter(({ kind }) => kind === 'CronJob');
    expect(audits.map(({ spec }) => spec)).toMatchObject(
      values.audit?.enabled
        ? [
            {
              concurrencyPolicy: 'Forbid',
              jobTemplate: {
                spec: {
                  backoffLimit: 0,
                  // A drain is no finding.
                  podFailurePolicy: {
                    rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
                  },
                  template: { spec: { restartPolicy: 'Never' } },
                },
              },
            },
          ]
        : [],
    );
  });

  it('nobody may talk to a pod, or a pod to anybody, unless a policy says so', () => {
    const { spec } = manifest('NetworkPolicy', 'deny');
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect([spec.ingress, spec.egress]).toEqual([undefined, undefined]);
    for (const program of present) {
      const { metadata } = manifest(kindOf(program), program);
      expect(metadata.labels).toMatchObject(spec.podSelector.matchLabels);
    }
  });

  it.each(present)('%s may make every connection that it makes, and no other', (program) => {
    const env = environmentOf(program);
    const isSet = (/** @type {string} */ name) => env.has(name) || env.has(`${name}_FILE`);
    const policies = { ...byDefault.networkPolicy, ...values.networkPolicy };
    const expected = [policies.dns, ...policiesOf(program, isSet).map((name) => policies[name])].map(({ to, port }) => [
      port,
      to,
    ]);
    if (program === 'workers') {
      if (isSet('GATEWAY_URL')) expected.push([3000, [{ podSelector: { matchLabels: selectorOf('gateway') } }]]);
      for (const port of policies.webhooks.ports) expected.push([port, policies.webhooks.to]);
    }
    const { egress } = manifest('NetworkPolicy', program).spec;
    const allowed = egress.flatMap((/** @type {any} */ { ports, to = [] }) =>
      [...new Set(ports.map((/** @type {any} */ { port }) => port))].map((port) => [port, to]),
    );
    expect(sorted(allowed)).toEqual(sorted(expected));
  });

  it('whoever calls a program is let in', () => {
    const from = values.networkPolicy?.gatewayFrom;
    const monitoring = values.networkPolicy?.monitoringFrom;
    const [gateway] = manifest('NetworkPolicy', 'gateway').spec.ingress;
    // Who is let in by name there is nobody else, and its metrics are on that port.
    if (from && values.monitoring?.serviceMonitor.enabled) expect(monitoring?.length).toBeGreaterThan(0);
    expect(gateway.ports).toEqual([{ protocol: 'TCP', port: portOf('gateway') }]);
    expect(gateway.from).toEqual(
      from && [...from, { podSelector: { matchLabels: selectorOf('workers') } }, ...monitoring],
    );
    for (const program of ['engine', 'workers']) {
      const { ingress } = manifest('NetworkPolicy', program).spec;
      expect(ingress).toEqual([
        { ports: [{ protocol: 'TCP', port: portOf(program) }], ...(monitoring && { from: monitoring }) },
      ]);
    }
  });

  it.each(set === 'minimal' ? [] : servingPrograms)(
    'Prometheus finds %s, and calls it what the rules do',
    (program) => {
      const { spec } = manifest('ServiceMonitor', program);
      const service = manifest('Service', program);
      expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
      const [endpoint] = spec.endpoints;
      expect(service.spec.ports.map((/** @type {{ name: string }} */ { name }) => name)).toContain(endpoint.port);
      const [{ job_name }] = readYaml(join(repoDir, 'deploy/prometheus/prometheus.yml')).scrape_configs.filter(
        (/** @type {{ job_name: string }} */ config) => config.job_name.endsWith(program),
      );
      expect(endpoint).toMatchObject({
        path: '/metrics',
        relabelings: [
          { targetLabel: 'job', replacement: job_name },
          { targetLabel: 'platform', replacement: 'wallet/wallet' },
        ],
      });
    },
  );

  /** @param {string} program */
  function selectorOf(program) {
    return manifest('Deployment', program).spec.selector.matchLabels;
  }
  /** @param {string} program */
  function portOf(program) {
    return podOf(program).containers[0].ports[0].containerPort;
  }
});

it('from outside only the API, the live stream and the pages are reached', () => {
  const ingress = manifestsOf(readFileSync(goldenFile('production'), 'utf8')).find(({ kind }) => kind === 'Ingress');
  const paths = ingress?.spec.rules[0].http.paths;
  /** @param {string} address */
  const isPublic = (address) =>
    paths.some((/** @type {any} */ { path, pathType }) =>
      pathType === 'Exact' ? address === path : address === path || address.startsWith(`${path}/`),
    );
  const live = /export const livePath = '(.*)'/.exec(
    readFileSync(join(repoDir, 'engine/src/contract/live.ts'), 'utf8'),
  )?.[1];
  const pages = ['/', '/wallboard', '/console', '/console/wallets', '/assets/a.js', '/mark.svg'];
  for (const address of ['/api/payments', '/api/docs', `${live}/`, ...pages])
    expect(isPublic(address), address).toBe(true);
  for (const address of ['/metrics', '/health/live', '/health/ready']) expect(isPublic(address), address).toBe(false);
});

/** @param {string} program */
function kindOf(program) {
  return { migrate: 'Job', audit: 'CronJob' }[program] ?? 'Deployment';
}

/** The policies that a program needs by the URLs that it reads. @param {import('./program-variables.mjs').Program} program @param {(name: string) => boolean} isSet */
function policiesOf(program, isSet) {
  return variablesOf(program)
    .filter((name) => rules[name]?.kind === 'url')
    .flatMap((name) => {
      const policy = policyOf[name];
      if (policy === undefined) throw new Error(`whom does ${name} lead to? Say so, and give it a policy`);
      return policy !== null && policy !== 'gateway' && isSet(onlyWith[name] ?? name) ? [policy] : [];
    });
}

/** Whose answers those are. @param {'gateway' | 'engine' | 'workers'} program */
function healthSource(program) {
  const file =
    program === 'gateway' ? 'gateway/src/health/health.controller.ts' : `${program}/src/health/health-server.ts`;
  return readFileSync(join(repoDir, file), 'utf8');
}

/** A number that a source names. @param {string} file @param {string} name */
function constantOf(file, name) {
  const found = new RegExp(`const ${name} = ([\\d_]+);`).exec(readFileSync(join(repoDir, file), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${file} has no ${name}`);
  return Number(found.replaceAll('_', ''));
}

/** @param {unknown[]} rows */
function sorted(rows) {
  return rows.map((row) => JSON.stringify(row)).sort();
}
