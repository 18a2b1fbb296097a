import { expect, it } from 'vitest';
import { personLink } from './console-links.js';

it.each([
  ['APPROVALS_WAITING', '/console/approvals?status=PENDING'],
  ['OPEN_FINDINGS', '/console/reconciliation'],
  ['DEAD_LETTERS_WAITING', '/console/dead-letters'],
  ['MORE_ALERTS', '/console/alerts'],
  ['FAILURE_RATE', '/console/alerts?type=FAILURE_RATE'],
])('%s leads to where a person acts on it', (kind, place) => expect(personLink(kind)).toBe(place));
