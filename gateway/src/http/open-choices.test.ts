import { expect, it } from 'vitest';
import { closeChoices, openChoices } from './open-choices.js';

const closed = {
  type: 'object',
  properties: {
    kind: { type: 'string', enum: ['USER', 'FUNDING'], description: 'What it is.' },
    code: { anyOf: [{ type: 'string', enum: ['A'] }, { type: 'null' }] },
    status: { type: 'number', const: 201 },
    items: { type: 'array', items: { type: 'string', enum: ['B'] } },
  },
};

it('texts to choose from stand beside any other text', () => {
  expect(openChoices(closed).properties).toEqual({
    kind: { description: 'What it is.', anyOf: [{ type: 'string', enum: ['USER', 'FUNDING'] }, { type: 'string' }] },
    code: { anyOf: [{ anyOf: [{ type: 'string', enum: ['A'] }, { type: 'string' }] }, { type: 'null' }] },
    status: { type: 'number', const: 201 },
    items: { type: 'array', items: { anyOf: [{ type: 'string', enum: ['B'] }, { type: 'string' }] } },
  });
});

it('a test takes those of today alone', () => {
  expect(closeChoices(openChoices(closed))).toEqual(closed);
});
