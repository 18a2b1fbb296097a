/** The addresses of the API. All calls go to one of them, and on to the next when it does not answer. */
export class Gateways {
  readonly #bases: readonly string[];
  place = 0;

  constructor(baseUrl: string | readonly string[]) {
    const urls = typeof baseUrl === 'string' ? [baseUrl] : baseUrl;
    if (urls.length === 0) throw new TypeError('baseUrl is empty');
    this.#bases = urls.map((url) => new URL(url).href.replace(/\/+$/, ''));
  }

  get first(): string {
    return this.#bases[0] as string;
  }

  url(path: string): string {
    return `${this.#bases[this.place % this.#bases.length]}${path}`;
  }

  /** Whoever saw the gateway at this place fail first leads all to the next. */
  moveOn(from: number): void {
    if (this.place === from) this.place += 1;
  }
}
