import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventTexts } from './event-texts.js';

test('an event\u2019s text is what was published, to the last digit', () => {
  const events = [
    '{"eventId":"a","data":{"metadata":{"n":12345678901234567890,"x":1.0,"s":"]}\\\\\\"{["}}}',
    '{ "eventId" : "b", "data": [[1],{"events":[{}]}] }',
  ];
  expect(eventTexts(`{"messageId":"m","shard":1,"events":[${events.join(' , ')}]}`)).toEqual(events);
});

test('whatever stands in events, they are found', () => {
  const event = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const texts = events.map((one) => JSON.stringify(one));
      expect(eventTexts(`{"messageId":"m","shard":0,"events":[${texts.join(',')}]}`)).toEqual(texts);
    }),
  );
});

test('a message without events has none', () => {
  expect([eventTexts('{}'), eventTexts('{"events":{}}'), eventTexts('{"events":[]}')]).toEqual([null, null, []]);
});
