import { expect, it } from 'vitest';
import { isForPage, listAsk, rowAfter } from './list-keys.js';

/** A press where the focus is in the elements named, as CSS selects them. */
function press(key: string, inside: readonly string[] = [], more = {}) {
  const closest = (selector: string) => (selector.split(', ').some((one) => inside.includes(one)) ? {} : null);
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, defaultPrevented: false };
  return { key, ...none, target: { closest } as unknown as EventTarget, ...more };
}

it.each([
  ['j', 1],
  ['ArrowDown', 1],
  ['k', -1],
  ['ArrowUp', -1],
  ['Enter', 'OPEN'],
  ['x', null],
])('%s asks a list for %s where the focus is nowhere', (key, ask) => expect(listAsk(press(key))).toBe(ask));

it('a link that has the focus, of the rail too, leaves the list its rows but keeps its Enter', () => {
  expect(listAsk(press('j', ['a']))).toBe(1);
  expect(listAsk(press('Enter', ['a']))).toBeNull();
});

it.each(['input', 'textarea', 'select', '[role="dialog"]', '[role="menu"]', '[role="listbox"]'])(
  'whoever is in %s walks no list',
  (inside) => {
    expect(listAsk(press('ArrowDown', [inside]))).toBeNull();
    expect(isForPage(press('Escape', [inside]))).toBe(false);
  },
);

it.each(['ctrlKey', 'metaKey', 'altKey', 'shiftKey', 'defaultPrevented'])(
  'a press with %s is not the list\u2019s',
  (name) => expect(listAsk(press('k', [], { [name]: true }))).toBeNull(),
);

it('the first step goes to the first row, and none goes beyond the ends', () => {
  expect(rowAfter(null, 1, 3)).toBe(0);
  expect(rowAfter(null, -1, 3)).toBe(0);
  expect(rowAfter(0, 1, 3)).toBe(1);
  expect(rowAfter(2, 1, 3)).toBe(2);
  expect(rowAfter(0, -1, 3)).toBe(0);
});
