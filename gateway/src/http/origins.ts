/**
 * Whose pages a browser may have call this gateway. What is listed is met by its very letters: no patterns, and `null`, which a
 * page in a sandbox or a file says, is nobody.
 */
export class Origins {
  readonly #listed: ReadonlySet<string>;
  readonly #own: string | null;

  constructor(listed: readonly string[] = [], publicUrl: string | null = null) {
    this.#listed = new Set(listed);
    this.#own = publicUrl === null ? null : new URL(publicUrl).origin;
  }

  get listsNobody(): boolean {
    return this.#listed.size === 0;
  }

  lists(origin: string): boolean {
    return this.#listed.has(origin);
  }

  /** Listed, or of a page of this gateway itself: of its public address, or of the host that was asked for. */
  admits(origin: string, host: string | undefined): boolean {
    return this.lists(origin) || origin === this.#own || isAtHost(origin, host);
  }
}

/** A name or an address, and a port: nothing with which a URL would be of another host. */
const hostPattern = /^[\w.:[\]-]+$/;

function isAtHost(origin: string, host: string | undefined): boolean {
  const scheme = /^https?:\/\//.exec(origin)?.[0];
  if (scheme === undefined || host === undefined || !hostPattern.test(host)) return false;
  const asked = scheme + host;
  return URL.canParse(asked) && new URL(asked).origin === origin;
}
