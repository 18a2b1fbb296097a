/**
 * The events of a message, each as the text that it was published as: what is signed and sent must not change on the way, and reading a
 * number into JavaScript and writing it again may change it. Null: there is no array of `events` in it.
 * The message is JSON: who calls this has parsed it.
 */
export function eventTexts(message: string): string[] | null {
  const start = message.indexOf('"events":[');
  if (start < 0) return null;
  const texts: string[] = [];
  let depth = 0;
  let from = -1;
  for (let i = start + '"events":['.length; i < message.length; i++) {
    const code = message.charCodeAt(i);
    if (code === quote) {
      i = endOfString(message, i);
    } else if (code === openBrace || code === openBracket) {
      if (depth === 0) from = i;
      depth += 1;
    } else if (code === closeBrace || code === closeBracket) {
      if (depth === 0) return texts; // the end of the array
      depth -= 1;
      if (depth === 0) texts.push(message.slice(from, i + 1));
    }
  }
  return null;
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The place of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, place: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(place - 1 - backslashes) === backslash) backslashes += 1;
  return backslashes % 2 === 1;
}
