/** What is asked of an event to know whether it is a list's. */
interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly defaultPrevented: boolean;
  readonly target: EventTarget | null;
}

const steps: Readonly<Record<string, number>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
/** Whoever types, or is in one of these, means what is there. */
const takesKeys = [
  ...['input', 'textarea', 'select', '[contenteditable=""]', '[contenteditable="true"]'],
  ...['[role="dialog"]', '[role="alertdialog"]', '[role="menu"]', '[role="listbox"]'],
].join(', ');
/** Enter is theirs. */
const pressable = 'a, button, summary, [role="button"]';

/** Whether a press is the page's: of nothing that takes keys, and not handled yet. */
export function isForPage({ ctrlKey, metaKey, altKey, shiftKey, defaultPrevented, target }: KeyPress): boolean {
  return !(ctrlKey || metaKey || altKey || shiftKey || defaultPrevented) && !isIn(target, takesKeys);
}

/** What a press asks of a list: to open its row, or to go so many rows on; null: nothing. */
export function listAsk(press: KeyPress): 'OPEN' | number | null {
  if (!isForPage(press)) return null;
  if (press.key === 'Enter') return isIn(press.target, pressable) ? null : 'OPEN';
  return steps[press.key] ?? null;
}

/** The row that a step leads to: the first one, where nobody has been at any. */
export function rowAfter(current: number | null, step: number, count: number): number {
  return current === null ? 0 : Math.min(Math.max(current + step, 0), count - 1);
}

/** The list whose keys they are: beside a drawer that has one of its own, the one that the focus is with. */
export function listOf(target: EventTarget | null): Element | null {
  const own = closest(target, '.rows') ?? closest(target, '.drawer')?.querySelector('.rows');
  return own ?? document.querySelector('.rows');
}

function isIn(target: EventTarget | null, selector: string): boolean {
  return closest(target, selector) !== null;
}

function closest(target: EventTarget | null, selector: string): Element | null {
  return target !== null && 'closest' in target ? (target as Element).closest(selector) : null;
}
