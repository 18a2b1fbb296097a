import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour = (response: ServerResponse, asked: { readonly prompt: string }) => void;

/** A server that speaks as much of the OpenAI API as a summary needs, and behaves as badly as a test wants. */
export class ModelServer {
  /** Of each request. */
  readonly prompts: string[] = [];
  behave: Behaviour = (response) => response.writeHead(500).end();
  baseUrl = '';
  #server: Server | undefined;

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
      const prompt = body.messages.map(({ content }) => content).join('\n');
      this.prompts.push(prompt);
      this.behave(response, { prompt });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A completion whose message has this content. */
export function completion(content: unknown, message: object = {}, finish_reason = 'stop'): object {
  return {
    ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, finish_reason, message: { role: 'assistant', content, ...message } }],
  };
}

/** As it is asked for. */
export function says(summary: string): object {
  return completion(JSON.stringify({ summary }));
}
