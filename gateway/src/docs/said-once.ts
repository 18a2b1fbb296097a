import type { OpenAPIObject } from '@nestjs/swagger';

type Answer = Readonly<Record<string, unknown>> & {
  description?: string;
  headers?: Record<string, object>;
  content?: Record<string, unknown>;
};
interface Operation {
  responses: Record<string, Answer | { $ref: string }>;
}

/**
 * Puts headers and problems that many operations answer alike among the components, and names them where they are answered. It halves
 * the document: a page that draws it, and whoever generates a client of it, walk through all of it.
 */
export function sayOnce(document: OpenAPIObject): void {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as Operation[]);
  const answers = operations.flatMap(({ responses }) => Object.values(responses)) as Answer[];
  const headers = alike(answers.flatMap((answer) => Object.entries(answer.headers ?? {})));
  for (const answer of answers) {
    for (const [name, header] of Object.entries(answer.headers ?? {})) {
      if (answer.headers && textOf(header) === textOf(headers[name]))
        answer.headers[name] = { $ref: `#/components/headers/${name}` };
    }
  }
  const problems = alike(answers.flatMap((answer) => named(answer)));
  for (const { responses } of operations) {
    for (const [status, answer] of Object.entries(responses)) {
      for (const [name] of named(answer as Answer)) {
        if (textOf(answer) === textOf(problems[name])) responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
  document.components = {
    ...document.components,
    headers: { ...headers, ...document.components?.headers } as never,
    responses: problems as never,
  };
}

/** A problem by its codes: `VALIDATION_FAILED`, `STORAGE_UNAVAILABLE.IDENTITY_UNAVAILABLE`. Nothing else has such a name. */
function named(answer: Answer): [string, Answer][] {
  if (!answer.content?.['application/problem+json']) return [];
  const codes = [...(answer.description ?? '').matchAll(/^`([A-Z_]+)`:/gm)].map(([, code]) => code);
  return codes.length > 0 ? [[codes.join('.'), answer]] : [];
}

/** Of each name what most of its bearers are, where at least two are. What refers already is left out. */
function alike<T extends object>(bearers: readonly (readonly [string, T])[]): Record<string, T> {
  const byName = new Map<string, Map<string, { one: T; times: number }>>();
  for (const [name, one] of bearers) {
    if ('$ref' in one) continue;
    const kinds = byName.get(name) ?? new Map<string, { one: T; times: number }>();
    const kind = kinds.get(textOf(one)) ?? { one, times: 0 };
    kind.times += 1;
    byName.set(name, kinds.set(textOf(one), kind));
  }
  const most = [...byName].map(([name, kinds]) => {
    const [first] = [...kinds.values()].sort((a, b) => b.times - a.times);
    return [name, first] as const;
  });
  return Object.fromEntries(most.flatMap(([name, kind]) => (kind && kind.times > 1 ? [[name, kind.one]] : [])));
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
