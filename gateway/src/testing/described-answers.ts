import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { closeChoices } from '../http/open-choices.js';
import { anyAddressCodes } from '../http/problem-catalogue.js';

/* Holds every answer that a test meets against the description of the API: what is not described there fails that test. */

export interface GivenAnswer {
  method: string;
  /** Path and query. */
  url: string;
  status: number;
  headers: Readonly<Record<string, unknown>>;
  body: string;
}

interface DescribedHeader {
  required?: boolean;
  schema: object;
}

interface Described {
  /** Of a problem: its codes, each as `CODE`. */
  description?: string;
  content?: Record<string, { schema: object }>;
  headers?: Record<string, DescribedHeader | { $ref: string }>;
}
type Operations = Record<string, { responses: Record<string, Described | { $ref: string }> }>;
export interface ApiDocument {
  paths: Record<string, Operations>;
  components: {
    schemas: Record<string, object>;
    headers?: Record<string, DescribedHeader>;
    responses?: Record<string, Described>;
  };
}

/** Headers with a meaning of this API's own: none may come undescribed. */
const ownHeaders = [
  'trace-id',
  'idempotency-replayed',
  'retry-after',
  'www-authenticate',
  'allow',
  'location',
  'export-as-of',
  'export-total',
  'ratelimit',
  'ratelimit-policy',
  'deprecation',
  'sunset',
  'link',
];
/** Pages for people, and the description itself. */
const pages =
  /^\/(wallboard\/?|assets\/.*|api\/?|api\/docs.*|api\/openapi\.json|api\/problems(\/[a-z-]+)?|[\w-]+\.(svg|html|ico|png))?$/;

export class DescribedAnswers {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<object, ValidateFunction>();
  readonly #paths: { pattern: RegExp; operations: Operations }[];

  constructor(document: ApiDocument) {
    this.#document = closeChoices(closed(document) as ApiDocument);
    this.#ajv.addSchema({ $id: 'api', ...this.#document });
    // An address that is written out goes before one with a parameter.
    this.#paths = Object.entries(this.#document.paths)
      .sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))
      .map(([path, operations]) => ({ pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), operations }));
  }

  /** Throws when the answer is not as it is described. */
  check(answer: GivenAnswer): void {
    const faults = this.#faults(answer);
    if (faults.length === 0) return;
    const { method, url, status, body } = answer;
    throw new Error(`not as described: ${method} ${url} ${status}: ${faults.join('; ')}\n${body.slice(0, 500)}`);
  }

  #faults(answer: GivenAnswer): string[] {
    // A browser's question for leave, which is none of the API's calls.
    if (answer.method === 'OPTIONS' && answer.status === 204 && 'access-control-allow-methods' in answer.headers)
      return [];
    const path = decoded(answer.url.split('?', 1)[0] as string);
    const described = this.#described(answer, path);
    if (described === 'NO_OPERATION') {
      return answer.status < 400 && pages.test(path) ? [] : this.#anyAddressFaults(answer, 'no operation has it');
    }
    if (!described) return this.#anyAddressFaults(answer, `${answer.status} is no answer of it`);
    const faults = [...this.#headerFaults(answer, described.headers ?? {}), ...this.#bodyFaults(answer, described)];
    return faults.length > 0 ? faults : codeFaults(answer, described);
  }

  #described({ method, status }: GivenAnswer, path: string): Described | undefined | 'NO_OPERATION' {
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    // A method that the written-out one does not have is asked of the other: a GET of `/payments/batch` is one of `/payments/{id}`.
    const found = this.#paths.find(({ pattern, operations }) => operations[verb] && pattern.test(path));
    if (!found) return 'NO_OPERATION';
    const described = found.operations[verb]?.responses[status];
    return described && this.#saidOnce('responses', described);
  }

  /** What is wrong with the HTTP request itself can be said at any address. */
  #anyAddressFaults(answer: GivenAnswer, otherwise: string): string[] {
    if (answer.status < 400) return [otherwise];
    const problem = this.#document.components.schemas.Problem as object;
    const faults = this.#bodyFaults(answer, { content: { 'application/problem+json': { schema: problem } } });
    if (faults.length > 0 || answer.method === 'HEAD') return faults;
    const { code } = JSON.parse(answer.body) as { code: string };
    return (anyAddressCodes as readonly string[]).includes(code) ? [] : [otherwise];
  }

  #headerFaults(answer: GivenAnswer, described: NonNullable<Described['headers']>): string[] {
    const faults: string[] = [];
    const names = new Set<string>();
    for (const [name, header] of Object.entries(described)) {
      const { required, schema } = this.#saidOnce('headers', header);
      names.add(name.toLowerCase());
      const value = answer.headers[name.toLowerCase()];
      if (value === undefined) {
        if (required) faults.push(`no header ${name}`);
      } else faults.push(...this.#schemaFaults(schema, typed(String(value), schema), `header ${name}`));
    }
    const undescribed = ownHeaders.filter((name) => answer.headers[name] !== undefined && !names.has(name));
    return [...faults, ...undescribed.map((name) => `header ${name} is not described`)];
  }

  /** Said there, or once for all in the document. */
  #saidOnce<T extends Described | DescribedHeader>(part: 'headers' | 'responses', one: T | { $ref: string }): T {
    if (!('$ref' in one)) return one;
    const name = one.$ref.slice(`#/components/${part}/`.length);
    const found = this.#document.components[part]?.[name] as T | undefined;
    if (!found) throw new Error(`the description has no ${one.$ref}`);
    return found;
  }

  #bodyFaults(answer: GivenAnswer, { content = {} }: Described): string[] {
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0] as string;
    if (type === '' && answer.body === '' && Object.keys(content).length === 0) return [];
    if (!content[type]) return [`${type || 'no content type'} instead of ${Object.keys(content).join(' or ')}`];
    if (answer.method === 'HEAD') return answer.body === '' ? [] : ['a HEAD with a body'];
    const value = /[/+]json$/.test(type) ? (JSON.parse(answer.body) as unknown) : answer.body;
    return this.#schemaFaults(content[type].schema, value, 'body');
  }

  #schemaFaults(schema: object, value: unknown, what: string): string[] {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(withAbsoluteReferences(schema));
      this.#validators.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

/** Each operation lists the codes that it answers with, by their status. */
function codeFaults({ headers, body }: GivenAnswer, { description = '' }: Described): string[] {
  if (body === '' || !String(headers['content-type']).startsWith('application/problem+json')) return [];
  const { code } = JSON.parse(body) as { code: string };
  const isKnown = description.includes(`\`${code}\``) || (anyAddressCodes as readonly string[]).includes(code);
  return isKnown ? [] : [`${code} is no code of it`];
}

/** A copy in which an object has no other fields than its own: the document lets some be added, and then it says so. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== 'object') return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  return copy.type === 'object' && copy.properties && copy.additionalProperties === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

/** `#/components/…` is a place in the document, wherever the schema was taken from. */
function withAbsoluteReferences(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api#/')) as object;
}

function typed(value: string, schema: { type?: unknown }): unknown {
  return schema.type === 'integer' ? Number(value) : value;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
