import type { OpenAPIObject } from '@nestjs/swagger';
import recorded from './examples.json' with { type: 'json' };
import type { RecordedExample } from './recorded-example.js';

type Examples = Record<string, { summary: string; value: unknown }>;
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; example?: unknown }[];
  requestBody?: { content: Record<string, { examples?: Examples }> };
  responses: Record<string, { content?: Record<string, { examples?: Examples }> }>;
}

/** Puts the examples that were asked of a platform into its description, each where it belongs. */
export function addExamples(document: OpenAPIObject): void {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) {
      const examples = (recorded as Record<string, RecordedExample[]>)[operation.operationId] ?? [];
      for (const [i, example] of examples.entries()) addExample(operation, example, `example${i + 1}`);
    }
  }
}

/** A request and its answer share a name, so that a page shows them together. */
function addExample(operation: Operation, example: RecordedExample, name: string): void {
  const { title: summary, body, answer } = example;
  for (const parameter of operation.parameters ?? []) {
    const value = exampleOf(example, parameter);
    if (value !== undefined) parameter.example ??= value;
  }
  if (body !== undefined) note(operation.requestBody?.content['application/json'], name, { summary, value: body });
  note(operation.responses[answer.status]?.content?.[answer.type], name, { summary, value: answer.body });
}

function exampleOf(
  { path, query, headers }: RecordedExample,
  { name, in: place }: { name: string; in: string },
): unknown {
  if (place === 'path') return path?.[name];
  return place === 'query' ? query?.[name] : headers?.[name.toLowerCase()];
}

function note(content: { examples?: Examples } | undefined, name: string, example: Examples[string]): void {
  if (content) content.examples = { ...content.examples, [name]: example };
}
