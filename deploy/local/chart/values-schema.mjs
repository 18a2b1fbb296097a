// @ts-check
import { isSecret, rules, servingPrograms, variablesOf } from './program-variables.mjs';

/** What the chart itself says of each program. */
export const setByChart = {
  gateway: ['GATEWAY_HOST', 'GATEWAY_PORT', 'GATEWAY_STOP_DELAY_MS', 'GATEWAY_PUBLIC_URL', 'GATEWAY_WEB_DIR'],
  engine: ['ENGINE_NAME', 'ENGINE_HEALTH_HOST', 'ENGINE_HEALTH_PORT'],
  workers: [
    'WORKER_NAME',
    'WORKER_HEALTH_HOST',
    'WORKER_HEALTH_PORT',
    'CONSOLE_URL',
    'GATEWAY_URL',
    'GATEWAY_PUBLIC_URL',
  ],
};
/** One value for all, or the programs would not find each other. */
const sameForAll = ['WALLET_ENV', 'ALLOW_PLAINTEXT', 'WALLET_NAMESPACE'];

const text = { type: 'string' };
const name = { type: 'string', pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' };
const nameOrNone = { type: 'string', pattern: '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$' };
const flag = { type: 'boolean' };
const words = { type: 'object', additionalProperties: text };
const port = whole(1, 65_535);

/** The schema of the chart's values: what stands in it nowhere is refused. */
export function valuesSchema() {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart smart-wallet. Written by its test: vitest -u.',
    ...object({
      global: { type: 'object' },
      image: object({
        repository: {
          type: 'string',
          pattern: '^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$',
          description: 'Required: where your images lie, such as registry.example.com/smart-wallet.',
        },
        tag: text,
        pullPolicy: { enum: ['IfNotPresent', 'Always', 'Never'] },
        pullSecrets: list(name),
      }),
      fullnameOverride: nameOrNone,
      publicUrl: { type: 'string', pattern: '^(https?://[^/]+.*)?$' },
      listenAddress: { enum: ['0.0.0.0', '::'] },
      config: variables(shared()),
      caBundle: object({ configMap: nameOrNone, secret: nameOrNone, key: { type: 'string', pattern: '^[\\w.-]+$' } }),
      gateway: object({ ...program('gateway'), ...gatewayAlone() }),
      engine: object(program('engine')),
      workers: object(program('workers')),
      migration: object({
        enabled: flag,
        secret: secret(variablesOf('migrate').filter(isSecret)),
        deadlineSeconds: whole(60, 604_800),
        ...pods(),
      }),
      audit: object({
        enabled: flag,
        schedule: { type: 'string', pattern: '^[0-9*/,-]+( [0-9A-Za-z*/,-]+){4}$' },
        secret: secret(variablesOf('audit').filter(isSecret)),
        deadlineSeconds: whole(60, 604_800),
        ...pods(),
      }),
      podSecurity: object({ userId: whole(1, 4_294_967_294), groupId: whole(1, 4_294_967_294) }),
      podDisruptionBudget: object({ enabled: flag }),
      networkPolicy: object({
        enabled: flag,
        gatewayFrom: list(peer),
        monitoringFrom: list(peer),
        ...Object.fromEntries(
          ['dns', 'postgres', 'redis', 'nats', 'rabbitmq', 'smtp', 'identityProvider', 'model', 'collector'].map(
            (server) => [server, object({ to: list(peer), port })],
          ),
        ),
        webhooks: object({ to: list(peer), ports: { ...list(port), minItems: 1 } }),
      }),
      monitoring: object({
        serviceMonitor: object({
          enabled: flag,
          interval: { type: 'string', pattern: '^[1-9][0-9]*(ms|s|m)$' },
          labels: words,
        }),
        prometheusRule: object({ enabled: flag, labels: words }),
      }),
    }),
  };
}

/** @param {'gateway' | 'engine' | 'workers'} which */
function program(which) {
  const all = variablesOf(which);
  const own = all.filter((name) => !isSecret(name) && !sameForAll.includes(name) && !setByChart[which].includes(name));
  return { replicas: whole(1, 1_000), secret: secret(all.filter(isSecret)), config: variables(own), ...pods() };
}

function gatewayAlone() {
  return {
    stopping: object({ preStopSeconds: whole(1, 60), stopDelaySeconds: whole(0, 60) }),
    autoscaling: object({
      enabled: flag,
      minReplicas: whole(1, 1_000),
      maxReplicas: whole(1, 1_000),
      targetCpuPercent: whole(1, 100),
    }),
    service: object({ type: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] }, port, annotations: words }),
    ingress: {
      ...object({ enabled: flag, className: nameOrNone, annotations: words, hosts: list(name), tlsSecret: nameOrNone }),
      if: { properties: { enabled: { const: true } } },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
      then: { properties: { hosts: { minItems: 1 } } },
    },
  };
}

function pods() {
  return {
    image: object({ repository: text, tag: text, digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' } }),
    resources: object({ requests: quantities, limits: quantities }),
    podAnnotations: words,
    nodeSelector: words,
    tolerations: list({ type: 'object' }),
    priorityClassName: nameOrNone,
  };
}

const quantities = { type: 'object', additionalProperties: { type: ['string', 'number'] } };
const peer = {
  ...object({ ipBlock: { type: 'object' }, namespaceSelector: { type: 'object' }, podSelector: { type: 'object' } }),
  minProperties: 1,
};

/** A Secret, and which of its keys are read. @param {string[]} keys */
function secret(keys) {
  return object({ name, keys: { ...list({ enum: [...keys].sort() }), uniqueItems: true } });
}

/** What all three programs read, and is no secret. */
function shared() {
  const [first, ...others] = servingPrograms.map(variablesOf);
  return (first ?? []).filter((name) => !isSecret(name) && others.every((names) => names.includes(name)));
}

/** @param {string[]} names */
function variables(names) {
  return object(Object.fromEntries([...names].sort().map((name) => [name, variable(name)])));
}

/** What environment.json says, in the words of JSON Schema. YAML reads a bare `on` as true: it is refused, not guessed. @param {string} name */
function variable(name) {
  const { kind, schemes = [], pattern, says, values, min = 0, max = 0, start } = rules[name] ?? { kind: 'text' };
  const description = [start, says].filter(Boolean).join('; ') || undefined;
  switch (kind) {
    case 'url':
      return { type: 'string', pattern: `^(${schemes.join('|')})://`, description };
    case 'choice':
      return { enum: values, description };
    case 'whole':
      return { anyOf: [whole(min, max), { type: 'string', pattern: '^[0-9]{1,9}$' }], description };
    case 'decimal':
      return { type: 'string', pattern: '^[0-9]{1,9}([.][0-9]{1,9})?$', description };
    default:
      // Helm's expressions repeat nothing more than a thousand times, within one another neither.
      return { type: 'string', pattern: `^(?:${pattern?.replaceAll(/\)\{0,\d+\}/g, ')*')})$`, description };
  }
}

/** @param {number} minimum @param {number} maximum */
function whole(minimum, maximum) {
  return { type: 'integer', minimum, maximum };
}

/** @param {object} items */
function list(items) {
  return { type: 'array', items };
}

/** @param {Record<string, object>} properties */
function object(properties) {
  return { type: 'object', additionalProperties: false, properties };
}
