import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Access } from './access.js';
import { type Deprecation, deprecationHeaders, deprecationWords } from './deprecation.js';
import { uuidField } from './fields.js';
import { approvedKey, idempotencyKeyForm } from './idempotency-key.js';
import { answerReference, type HeadersObject, queryParameters, type SchemaObject, schemaOf } from './json-schema.js';
import { type ProblemCode, problemKind } from './problem-catalogue.js';
import { problemSchema } from './problem-schema.js';
import { rateLimitFields } from './rate-limit-answer.js';
import type { RateLimitGroup, RatePoints } from './rate-limit-group.js';

/** A schema that has a name, plain text, nothing but files, or no body at all. */
type AnswerForm = z.ZodType | 'text' | 'files' | 'nothing';

/** What takes a token says which limit counts its calls. */
type Admission =
  | { access: 'public'; rateLimit?: RateLimitGroup }
  | { access: Exclude<Access, 'public'>; rateLimit: RateLimitGroup };

interface CallOptions {
  /** The name of the call in clients, which are generated: it stays once it is released, and is nobody else's. */
  operationId: string;
  summary: string;
  description?: string;
  /** Who may: read from here by the hook that checks tokens, and by the description. */
  access: Access;
  rateLimit?: RateLimitGroup;
  /** For how many calls it counts, if not for one. */
  ratePoints?: RatePoints;
  /** The answer's schema, for each status of a success. */
  answers: Readonly<Record<number, AnswerForm>>;
  /** Media types of a success, beside its schema. */
  files?: readonly string[];
  /** Of a success. */
  headers?: HeadersObject;
  /** Of this call; what any call can answer is added. */
  problems?: readonly ProblemCode[];
  /** Answered with another status than their own. */
  problemsAs?: Readonly<Record<number, readonly ProblemCode[]>>;
  /** Another schema than Problem, by status. */
  problemSchemas?: Readonly<Record<number, z.ZodType>>;
  /** Several: one of them. */
  body?: z.ZodType | readonly z.ZodType[];
  /** Without a body it is `{}`: nothing of it has to be said. */
  bodyMayBeEmpty?: boolean;
  query?: z.ZodType;
  /** A POST that says all with its address and headers. */
  takesNoBody?: boolean;
  /** What is made has an address, which 201 says in `Location`: its form. */
  location?: string;
  /** The path has an id: of what. */
  id?: string;
  /** The path has something else. */
  parameter?: { name: string; description: string; schema: z.ZodType };
  /** It will go, or another takes its place: its answers say so, and the description. */
  deprecated?: Deprecation;
  /** How the Idempotency-Key header is meant. */
  idempotencyKey?: { required: boolean; description: string };
}

type ApiCallOptions = CallOptions & Admission;

/** Says who may use a route, and describes it. Only metadata, made once at the start: nothing of it runs with a request. */
export function ApiCall(options: ApiCallOptions): MethodDecorator {
  const { access, rateLimit, ratePoints, takesNoBody, id, body, query, idempotencyKey, deprecated } = options;
  const decorators: MethodDecorator[] = [
    ApiOperation({
      operationId: options.operationId,
      summary: options.summary,
      ...described(options),
      security: access === 'public' ? [] : [{ bearer: [...access] }],
    }),
    RouteConfig({
      access,
      ...(rateLimit && { rateLimit }),
      ...(ratePoints && { ratePoints }),
      ...(takesNoBody && { takesNoBody }),
      // A client may name a content type and send nothing, where there is nothing to send.
      ...((options.bodyMayBeEmpty || !body) && { bodyMayBeEmpty: true }),
      ...(deprecated && { deprecation: deprecated }),
    }),
    ApiHeader({
      name: 'traceparent',
      required: false,
      description: 'W3C trace context. Its trace id becomes the request\u2019s; without one, a random one.',
      example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }),
  ];
  if (id) decorators.push(ApiParam({ name: 'id', description: `The ${id}\u2019s id.`, schema: schemaOf(uuidField) }));
  const { parameter } = options;
  if (parameter) decorators.push(ApiParam({ ...parameter, schema: schemaOf(parameter.schema) }));
  if (query) decorators.push(...queryParameters(query).map((parameter) => ApiQuery(parameter)));
  if (body) {
    const isNeeded = !options.bodyMayBeEmpty;
    const says = isNeeded ? {} : { description: 'May be left out: nothing of it has to be said.' };
    decorators.push(ApiBody({ schema: bodySchema(body), required: isNeeded, ...says }));
  }
  if (idempotencyKey) {
    decorators.push(
      ApiHeader({ name: 'Idempotency-Key', ...idempotencyKey, schema: { type: 'string', ...idempotencyKeyForm } }),
    );
  }
  for (const [status, form] of Object.entries(options.answers)) {
    decorators.push(answer(Number(status), form, options));
  }
  for (const [status, codes] of problemsByStatus(options)) {
    // Readiness answers 503 in its own way.
    if (status in options.answers) continue;
    decorators.push(
      problemAnswer(status, codes, options.problemSchemas?.[status] ?? problemSchema, {
        keyed: idempotencyKey !== undefined,
        limited: rateLimit !== undefined,
      }),
    );
  }
  return applyDecorators(...decorators);
}

function described({ description, deprecated }: ApiCallOptions): { description?: string; deprecated?: true } {
  if (!deprecated) return description === undefined ? {} : { description };
  return {
    description: [deprecationWords(deprecated), ...(description ? [description] : [])].join('\n\n'),
    deprecated: true,
  };
}

function bodySchema(body: z.ZodType | readonly z.ZodType[]): SchemaObject {
  return 'safeParse' in body ? schemaOf(body) : { oneOf: body.map(schemaOf) };
}

const traceId: HeadersObject = {
  'Trace-Id': {
    description: 'The request\u2019s trace id, under which it is logged.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  },
};
const idempotencyReplayed: HeadersObject = {
  'Idempotency-Replayed': {
    description: '`true` when the key was answered before and this is that answer again; else absent.',
    schema: { type: 'string', enum: ['true'] },
  },
};

function describedHeaders(deprecation: Deprecation): HeadersObject {
  const names: Record<string, string> = { deprecation: 'Deprecation', sunset: 'Sunset', link: 'Link' };
  return Object.fromEntries(
    Object.entries(deprecationHeaders(deprecation)).map(([name, example]) => [
      names[name] as string,
      { required: true, schema: { type: 'string' }, example },
    ]),
  );
}

const wwwAuthenticate =
  'What would open it: `Bearer`, with 403 `error="insufficient_scope"` and the roles of which one is needed.';

const descriptions: Readonly<Record<number, string>> = {
  200: 'The answer.',
  201: 'Made and committed.',
  202: 'Another person has to approve it first: this is the approval. Asked for again with the same key, this says what became of it.',
  204: 'Done.',
  503: 'Not ready.',
};

function answer(status: number, form: AnswerForm, options: ApiCallOptions): MethodDecorator {
  const { idempotencyKey, rateLimit, location, files = [] } = options;
  const headers: HeadersObject = {
    ...traceId,
    ...(rateLimit ? rateLimitFields : {}),
    ...(idempotencyKey ? idempotencyReplayed : {}),
    ...options.headers,
  };
  if (options.deprecated) Object.assign(headers, describedHeaders(options.deprecated));
  const waitsForApproval = status === 202 && idempotencyKey !== undefined;
  const at = waitsForApproval ? '/api/approvals/{id}' : status === 201 ? location : undefined;
  if (at !== undefined) {
    headers.Location = {
      description: 'Where it is read.',
      required: true,
      schema: { type: 'string' },
      example: at,
    };
  }
  if (status === 202 && idempotencyKey === approvedKey) {
    const description = 'The key to ask again with: the one that was sent, or one that was made for this request.';
    headers['Idempotency-Key'] = { description, required: true, schema: { type: 'string' } };
  }
  return ApiResponse({
    status,
    description: status === 202 && !waitsForApproval ? 'Noted: it is done soon.' : (descriptions[status] as string),
    headers,
    content: {
      ...(form === 'text' ? { 'text/plain': { schema: { type: 'string' } } } : {}),
      ...(typeof form === 'string' ? {} : { 'application/json': { schema: answerReference(form) } }),
      ...Object.fromEntries(files.map((type) => [type, { schema: { type: 'string' } }])),
    },
  });
}

function problemAnswer(
  status: number,
  codes: ProblemCode[],
  schema: z.ZodType,
  { keyed, limited }: { keyed: boolean; limited: boolean },
): MethodDecorator {
  const headers: HeadersObject = {
    ...traceId,
    ...(limited ? rateLimitFields : {}),
    ...(keyed && status === 422 ? idempotencyReplayed : {}),
  };
  if (status === 401 || status === 403)
    headers['WWW-Authenticate'] = { description: wwwAuthenticate, required: true, schema: { type: 'string' } };
  if (codes.some((code) => problemKind(code).retryAfterSeconds !== undefined)) {
    headers['Retry-After'] = { description: 'Seconds until it is worth asking again.', schema: { type: 'integer' } };
  }
  return ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\`: ${problemKind(code).title}.`).join('\n\n'),
    headers,
    content: { 'application/problem+json': { schema: answerReference(schema) } },
  });
}

function problemsByStatus(options: ApiCallOptions): Map<number, ProblemCode[]> {
  const { problems = [], problemsAs = {}, access, rateLimit, body, query, id, takesNoBody } = options;
  const byStatus = new Map<number, ProblemCode[]>(
    Object.entries(problemsAs).map(([status, codes]) => [Number(status), [...codes]]),
  );
  const codes = new Set<ProblemCode>([
    ...problems,
    ...(access === 'public'
      ? []
      : (['UNAUTHENTICATED', 'FORBIDDEN', 'STORAGE_UNAVAILABLE', 'IDENTITY_UNAVAILABLE'] as const)),
    'INTERNAL',
  ]);
  if (rateLimit) codes.add('RATE_LIMITED');
  if (body || query || id || options.parameter) codes.add('VALIDATION_FAILED');
  if (body || takesNoBody)
    for (const code of ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED'] as const)
      codes.add(code);
  for (const code of codes) {
    const { status } = problemKind(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
