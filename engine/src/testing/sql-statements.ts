/** One statement of a migration, and what its author says right above it. */
export interface SqlStatement {
  /** In one line, without comments; the text of a function is left out, that of a DO block is not. */
  readonly text: string;
  readonly comment: string;
}

/** A quoted name, a string, a dollar-quoted text, a comment, or anything else up to the next of these. */
const token = /(--[^\n]*)|(\/\*[\s\S]*?\*\/)|('(?:[^']|'')*'|"(?:[^"]|"")*")|(\$[a-z_]*\$)|(;)|([\s\S])/gi;

/** The statements of a migration, in order. */
export function statementsOf(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let [text, comment] = ['', ''];
  const end = () => {
    const line = text.replace(/\s+/g, ' ').trim();
    if (line !== '') {
      statements.push({ text: line, comment: comment.trim() });
      comment = '';
    }
    text = '';
  };
  for (let at = 0; at < sql.length; ) {
    token.lastIndex = at;
    const match = token.exec(sql) as RegExpExecArray;
    at = token.lastIndex;
    const [whole, line, block, quoted, dollar, semicolon] = match;
    if (line !== undefined || block !== undefined) {
      if (text.trim() === '') comment += `${whole.replace(/^--\s?/, '')}\n`;
    } else if (dollar !== undefined) {
      const close = sql.indexOf(dollar, at);
      const body = sql.slice(at, close);
      at = close + dollar.length;
      text += /^\s*DO\s*$/i.test(text) ? ` ${withoutComments(body)} ` : ` '' `;
    } else if (quoted !== undefined) text += quoted.startsWith('"') ? quoted : "''";
    else if (semicolon !== undefined) end();
    else text += whole;
  }
  end();
  return statements;
}

function withoutComments(sql: string): string {
  return sql.replace(/--[^\n]*/g, '').replace(/\/\*[\s\S]*?\*\//g, '');
}
