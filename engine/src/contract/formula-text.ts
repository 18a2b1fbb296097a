/** Spreadsheets run a cell that begins so as a formula, also when it came in a file; some skip white space, or read wide signs as others. */
const formulaStart = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** A text as a cell of a CSV file, which nothing is run of. Figures are none: do not ask for them. */
export function harmlessText(text: string): string {
  return formulaStart.test(text) ? `'${text}` : text;
}
