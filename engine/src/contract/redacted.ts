const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@?#]*):[^\s/@]*@/gi;
const queryPassword = /([?&]password=)[^\s&"']*/gi;
const depthMax = 6;

/** Text in which every URL has lost its password. */
export function redactedText(text: string): string {
  return text.replace(urlPassword, '$1:***@').replace(queryPassword, '$1***');
}

/**
 * An error as it is logged, without passwords: URLs in any text lose theirs, and so do the arguments of a command that Redis
 * refused, which the client hangs onto the error, AUTH's among them.
 */
export function redactedError<T>(logged: T, depth = 0): T {
  if (typeof logged === 'string') return redactedText(logged) as T;
  if (typeof logged !== 'object' || logged === null || depth > depthMax) return logged;
  if (Array.isArray(logged)) return logged.map((each) => redactedError(each, depth + 1)) as T;
  const entries = Object.entries(logged).map(([name, value]) => {
    if (name === 'command' && typeof value === 'object' && value !== null) return [name, { name: value.name }];
    return [name, redactedError(value, depth + 1)];
  });
  return Object.fromEntries(entries) as T;
}
