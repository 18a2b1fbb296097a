import { engineName, type SeenEngines } from '../store/seen-engines.js';

/** Names for engines that are told of together, each by its id. */
export type Naming = (together: readonly string[]) => (engine: string) => string;

/**
 * Tells engines apart where several are told of together, in at most `charsMax` characters each. Long names lose their
 * middle: what differs mostly stands at the end. Of those with the same name the first to start has it, later ones are new.
 */
export function namesTogether(seen: SeenEngines, charsMax = Number.POSITIVE_INFINITY): Naming {
  return (together) => {
    const names = new Map<string, string>();
    const starts = new Map<string, number>();
    const taken = new Set<string>();
    // An id begins with the time of its engine's start.
    for (const engine of [...new Set(together)].sort()) {
      const name = engineName(seen, engine);
      const start = (starts.get(name) ?? 0) + 1;
      starts.set(name, start);
      const mark = start === 1 ? '' : start === 2 ? ' (new)' : ` (new ${start - 1})`;
      const short = shorten(name, charsMax - mark.length) + mark;
      const told = taken.has(short)
        ? `${shorten(name, charsMax - mark.length, engine.slice(-idCharsKept))}${mark}`
        : short;
      taken.add(told);
      names.set(engine, told);
    }
    return (engine) => names.get(engine) ?? engineName(seen, engine);
  };
}

/** Of the id, where two long names differ in their middle only. */
const idCharsKept = 4;

function shorten(name: string, charsMax: number, end?: string): string {
  if (end === undefined && name.length <= charsMax) return name;
  const endChars = end?.length ?? Math.floor((charsMax - 1) / 2);
  const startChars = Math.min(name.length, charsMax - 1 - endChars);
  return `${name.slice(0, startChars)}\u2026${end ?? name.slice(-endChars)}`;
}
