import { beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { arrive, forget, keep, readToken, type Shelf, type Shelves, shelfKey } from './session.js';

const page = 'https://board.test/wallboard';
const elsewhere = 'https://other.test:3001';
let shelves: Shelves;

beforeEach(() => {
  shelves = { tab: memory(), kiosk: memory() };
});

describe('a token in the address', () => {
  test('opens the board and leaves the address', () => {
    expect(arrive(`${page}?theme=dark#token=abc.def.ghi`, shelves)).toEqual({
      session: { token: 'abc.def.ghi', gateways: [] },
      kiosk: false,
      named: [],
      badToken: false,
      cleanHref: `${page}?theme=dark`,
    });
  });

  test('is kept for the tab only, so a reload shows the board again', () => {
    arrive(`${page}#token=abc`, shelves);
    expect(arrive(page, shelves).session?.token).toBe('abc');
    expect(shelves.kiosk.getItem(shelfKey)).toBeNull();
  });

  test('with kiosk=1 is kept for good: a screen that restarts shows the board again', () => {
    arrive(`${page}?kiosk=1#token=abc`, shelves);
    shelves.tab = memory();
    expect(arrive(`${page}?kiosk=1`, shelves)).toMatchObject({ session: { token: 'abc' }, kiosk: true });
    expect(arrive(page, shelves).session).toBeNull();
    expect(arrive(`${page}?kiosk=0`, shelves)).toMatchObject({ session: null, kiosk: false });
  });

  test('replaces the one that was kept', () => {
    arrive(`${page}?kiosk=1#token=old`, shelves);
    arrive(`${page}?kiosk=1#token=new`, shelves);
    expect(arrive(`${page}?kiosk=1`, shelves).session?.token).toBe('new');
  });

  test('may stand beside other things, which leave with it', () => {
    const arrival = arrive(`${page}#view=1&token=abc&x=y`, shelves);
    expect(arrival).toMatchObject({ session: { token: 'abc' }, cleanHref: page });
  });

  test('is read whatever characters it is made of, plain or escaped', () => {
    const token = `a+b/c=%${String.fromCharCode(33)}~`;
    expect(arrive(`${page}#token=${encodeURIComponent(token)}`, shelves).session?.token).toBe(token);
    expect(arrive(`${page}#token=ab+cd/ef==`, shelves).session?.token).toBe('ab+cd/ef==');
  });

  test.each(['', 'two%20words', 'caf%C3%A9', 'x'.repeat(4_097)])(
    'that is none (%s) leaves the address, is not kept, and hides what was kept',
    (bad) => {
      arrive(`${page}#token=good`, shelves);
      expect(arrive(`${page}#token=${bad}`, shelves)).toMatchObject({
        session: null,
        badToken: true,
        cleanHref: page,
      });
      expect(arrive(page, shelves).session?.token).toBe('good');
    },
  );
});

describe('an address without a token', () => {
  test('asks for one when none was kept', () => {
    expect(arrive(page, shelves)).toEqual({
      session: null,
      kiosk: false,
      named: [],
      badToken: false,
      cleanHref: null,
    });
  });

  test('keeps its fragment', () => {
    expect(arrive(`${page}#somewhere`, shelves)).toMatchObject({ session: null, badToken: false, cleanHref: null });
  });

  test.each(['', 'null', '7', '{', '{"token":1,"gateways":[]}', '{"token":"abc"}'])(
    'takes nothing from a shelf on which there is %j',
    (text) => {
      shelves.tab.setItem(shelfKey, text);
      expect(arrive(page, shelves).session).toBeNull();
    },
  );
});

describe('gateways in the address', () => {
  const named = `${page}?gateways=${elsewhere},http://third.test`;

  test('count when the address brought the token as well, and stay with it', () => {
    const gateways = [elsewhere, 'http://third.test'];
    expect(arrive(`${named}#token=abc`, shelves).session).toEqual({ token: 'abc', gateways });
    expect(arrive(page, shelves).session).toEqual({ token: 'abc', gateways });
  });

  test('never get a token that was kept before: a link alone cannot send it elsewhere', () => {
    arrive(`${page}?kiosk=1#token=abc`, shelves);
    const arrival = arrive(`${named}&kiosk=1`, shelves);
    expect(arrival.session).toEqual({ token: 'abc', gateways: [] });
    expect(arrival.named).toEqual([elsewhere, 'http://third.test']);
  });

  test('are web addresses, eight at most', () => {
    const list = ['javascript:alert(1)', 'a.test', 'http://', ...Array.from({ length: 12 }, (_, i) => `http://g${i}`)];
    const { named } = arrive(`${page}?gateways=${encodeURIComponent(list.join(' , '))}`, shelves);
    expect(named).toEqual(list.slice(3, 11));
  });
});

describe('a token that was refused', () => {
  test('is forgotten, in the tab and for good', () => {
    keep({ token: 'abc', gateways: [] }, shelves, true);
    forget(shelves, 'abc');
    expect(arrive(`${page}?kiosk=1`, shelves).session).toBeNull();
  });

  test('takes no other with it: a bad one pasted into a tab leaves the one of the wall', () => {
    keep({ token: 'wall', gateways: [] }, shelves, true);
    keep({ token: 'typo', gateways: [] }, shelves, false);
    forget(shelves, 'typo');
    expect(shelves.tab.getItem(shelfKey)).toBeNull();
    expect(arrive(`${page}?kiosk=1`, shelves).session?.token).toBe('wall');
  });
});

describe('a token typed in', () => {
  test.each([
    ['abc.def', 'abc.def'],
    ['  abc.def\n', 'abc.def'],
    [`${page}#token=abc.def`, 'abc.def'],
    [` ${page}?kiosk=1#x=1&token=abc.def&y=2 `, 'abc.def'],
    [`${page}#token=a%2Bb`, 'a+b'],
    [`${page}#token=50%off`, '50%off'],
    ['a%2Bb', 'a%2Bb'],
    ['x'.repeat(4_096), 'x'.repeat(4_096)],
  ])('%j is %j', (text, token) => {
    expect(readToken(text)).toBe(token);
  });

  test.each(['', '   ', 'two words', 'caf\u00e9', 'x'.repeat(4_097), `${page}#token=`])('%j is none', (text) => {
    expect(readToken(text)).toBeNull();
  });

  test('is read alike from the field and from the address, whatever it is', () => {
    const random = seededRandom();
    for (let round = 0; round < 500; round += 1) {
      const chars = Array.from({ length: 1 + random.below(40) }, () => String.fromCharCode(33 + random.below(94)));
      const token = `.${chars.join('')}`;
      const address = `${page}#token=${encodeURIComponent(token)}`;
      expect(readToken(address)).toBe(token);
      expect(arrive(address, shelves).session?.token).toBe(token);
    }
  });
});

function memory(): Shelf {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}
