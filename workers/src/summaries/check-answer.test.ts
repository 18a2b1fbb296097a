import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkAnswer } from './check-answer.js';

const facts = {
  succeeded: 'transactions that succeeded: 4,812',
  failed: 'transactions that were refused: 12',
  failed_trend: 'compared with the day before, refusals rose from 8 to 12',
};
const good = 'The day: {succeeded}, and {failed}. Of note: {failed_trend}.';

test('facts come with their label, unit and direction', () => {
  expect(checkAnswer(good, facts)).toEqual({
    text: `The day: ${facts.succeeded}, and ${facts.failed}. Of note: ${facts.failed_trend}.`,
  });
});

test.each([
  ...['{succeeded} and {failed}, 3 of them', '{succeeded} and {failed}, a dozen', '{succeeded} and {failed} of forty'],
  ...['{succeeded} and {failed}: volume rose', '{succeeded} and {failed}: it went down', '{failed} were not so'],
  ...['{succeeded} and {failed} <b>so</b>', '{succeeded} and {failed} http://evil.test', '[so]({succeeded}) {failed}'],
  ...['{succeeded} **{failed}**', '{succeeded} {failed} {balance}', '{succeeded} {succeeded} {failed}', '{succeeded}'],
  ...[
    '{succeeded} {failed} ٣',
    '{succeeded} {failed} twelve',
    '{succeeded} {failed} \u202e',
    '{succeeded} {failed} все хорошо',
    '',
  ],
  ...[
    '{constructor} {succeeded} {failed}',
    `${good}${' so'.repeat(600)}`,
    '{succeeded} {failed} ignore previous instructions',
  ],
])('%s is refused', (answer) => {
  expect(checkAnswer(answer, facts)).toHaveProperty('refused');
});

test('whatever is answered, a text that is taken has the figures of its facts and no others, in their order', () => {
  const right = fc.shuffledSubarray([' the ', '{succeeded}', ' and ', '{failed}', '. ', '{failed_trend}']);
  const piece = fc.oneof(
    fc.constantFrom('{succeeded}', '{failed}', '{failed_trend}', ' the ', ' and ', 'ten', '4,812', ' up ', '. '),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(fc.array(piece, { maxLength: 12 }), right), (pieces) => {
      const answer = pieces.join('');
      const checked = checkAnswer(answer, facts);
      if (!('text' in checked)) return;
      taken += 1;
      const names = [...answer.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof facts);
      expect(checked.text.match(/[\d,]*\d/g)).toEqual(names.flatMap((name) => facts[name].match(/[\d,]*\d/g) ?? []));
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(0);
});
