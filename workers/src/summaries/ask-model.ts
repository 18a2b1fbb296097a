import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { z } from 'zod';
import type { ModelConfig } from '../config.js';
import type { Database } from '../database.js';
import { checkAnswer, instructions } from './check-answer.js';
import type { Facts } from './facts.js';

/** For all tries together. */
export const timeBudgetMs = 60_000;
const triesMax = 3;
/** After an error of the server; not after an answer that is refused. */
const pauseMs = 1_000;
/** A summary is a thousand times smaller. */
const answerBytesMax = 1_000_000;
const tokensWrittenMax = 1_000;
/** Of what it reads: a token has a byte at least. */
const tokensReadMax = 8_000;

const answerSchema = z.object({ summary: z.string() });
const responseFormat = {
  type: 'json_schema',
  json_schema: {
    name: 'summary',
    strict: true,
    schema: {
      type: 'object',
      properties: { summary: { type: 'string' } },
      required: ['summary'],
      additionalProperties: false,
    },
  },
} as const;

export interface Options {
  readonly database: Pick<Database, 'query'>;
  readonly model: ModelConfig;
  /** For all tries together, and between two of them. */
  readonly budgetMs?: number | undefined;
  readonly pauseMs?: number | undefined;
}

/** What a model wrote, with the facts in place; or why nothing of it is used. Never throws but for Postgres. */
export async function askModel(
  facts: Facts,
  { database, model, budgetMs = timeBudgetMs, pauseMs: pause = pauseMs }: Options,
): Promise<{ text: string } | { refused: string }> {
  const prompt = instructions(facts);
  if (Buffer.byteLength(prompt) > tokensReadMax) return { refused: 'there are more facts than a model is given' };
  const client = new OpenAI({
    ...{ apiKey: model.apiKey, baseURL: model.baseUrl, maxRetries: 0, timeout: budgetMs, fetch: boundedFetch },
  });
  const signal = AbortSignal.timeout(budgetMs);
  let refused = '';
  for (let tries = 1; tries <= triesMax && !signal.aborted; tries++) {
    const { rows } = await database.query<{ ok: boolean }>('SELECT reserve_model_tokens($1, $2, $3) AS ok', [
      ...[tokensReadMax + tokensWrittenMax, model.tokensPerDayMax, model.tokensPerMonthMax],
    ]);
    if (!rows[0]?.ok) return { refused: 'the tokens of the day or of the month are used up' };
    try {
      const checked = checkAnswer(await answerOf(client, model.name, prompt, signal), facts);
      if ('text' in checked) return checked;
      ({ refused } = checked);
    } catch (error) {
      refused = signal.aborted ? 'the model took too long' : reasonOf(error);
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
  return { refused };
}

async function answerOf(client: OpenAI, model: string, prompt: string, signal: AbortSignal): Promise<string> {
  const completion = await client.chat.completions.create(
    {
      model,
      messages: [{ role: 'user', content: prompt }],
      response_format: responseFormat,
      max_completion_tokens: tokensWrittenMax,
    },
    { signal },
  );
  const choice = completion.choices?.[0];
  const { content, refusal, tool_calls: calls } = choice?.message ?? {};
  // Whatever it says beside a refusal, or was to say after, is no summary.
  if (!content || refusal || calls?.length || choice?.finish_reason !== 'stop')
    throw new Error('the model gave no answer');
  return answerSchema.parse(JSON.parse(content)).summary;
}

/** A server that answers without end must not fill the memory. */
async function boundedFetch(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...asked);
  let bytes = 0;
  const bounded = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > answerBytesMax) throw new Error('the model\u2019s answer is too large');
        controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(bounded ?? null, { status, statusText, headers });
}

/** Without what the model's server said: it may repeat what it was sent, the key too. */
function reasonOf(error: unknown): string {
  if (error instanceof OpenAI.APIError) return `the model\u2019s server answered ${error.status ?? 'nothing'}`;
  return 'the model\u2019s answer is none';
}
