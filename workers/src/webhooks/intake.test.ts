import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Intake } from './intake.js';

test('while there is no webhook marks are taken away at every message: another worker may have left some', async () => {
  const said: string[] = [];
  const database = {
    query: async (text: string) => {
      said.push(text);
      return { rows: [] };
    },
  };
  const intake = new Intake(database as never, () => {}, pino({ level: 'silent' }));
  const message = { messageId: 'm', body: { events: [] }, raw: { content: Buffer.from('{}') }, failures: 0 } as never;
  expect([await intake.take(message), await intake.take(message)]).toEqual(['DONE', 'DONE']);
  expect(said.filter((text) => text.startsWith('DELETE FROM webhook_intake'))).toHaveLength(2);
});
