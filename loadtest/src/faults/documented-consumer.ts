import { readFile, rm, writeFile } from 'node:fs/promises';

export interface DocumentedEvent {
  readonly type: string;
  readonly partition: number;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FollowOptions {
  readonly amqpUrl: string;
  readonly apiUrl: string;
  readonly token: string;
  readonly queue: string;
  readonly lasts: Map<number, number>;
  readonly handle: (event: DocumentedEvent) => Promise<void>;
}

const workers = new URL('../../../workers/', import.meta.url);

/** The subscriber of EVENTS.md, as it stands there. */
export async function documentedConsumer(): Promise<(options: FollowOptions) => Promise<void>> {
  const page = await readFile(new URL('EVENTS.md', workers), 'utf8');
  const [, code] = /^```js\n(.*?)^```$/ms.exec(page) ?? [];
  if (code === undefined) throw new Error('EVENTS.md has no subscriber');
  // Where its imports are found.
  const file = new URL(`dist/documented-consumer-${process.pid}.mjs`, workers);
  await writeFile(file, code);
  try {
    return (await import(file.href)).follow;
  } finally {
    await rm(file);
  }
}
