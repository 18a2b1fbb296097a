import { expect, it } from 'vitest';
import { recordDeadLetter } from './record-dead-letter.js';

async function headersWritten(headers: Record<string, unknown>): Promise<string> {
  let written: unknown[] = [];
  const query = async (_: string, values: unknown[]) => {
    written = values;
    return { rowCount: 1 };
  };
  await recordDeadLetter({ query } as never, {
    ...{ queue: 'mail.v1', messageId: null, reason: 'refused', attempts: 1, firstFailedAt: new Date(0) },
    ...{ payload: Buffer.alloc(0), headers, digest: null },
  });
  return written[8] as string;
}

it('writes headers that Postgres takes, whatever is in them', async () => {
  const headers = { 'a\0': 'x\0\0y', told: String.raw`the text \u0000`, half: '\ud800', n: 1.5, in: ['\0'] };
  const written = await headersWritten(headers);
  expect(JSON.parse(written)).toEqual({
    ...{ 'a ': 'x  y', told: String.raw`the text \u0000`, half: '\ufffd', n: 1.5, in: [' '] },
  });
  expect(written.replaceAll('\\\\', '')).not.toContain('\\u');
});
