import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export type Role = 'viewer' | 'operator' | 'admin';

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
}

/** Somebody who may sign in, made by the token of the local platform. */
export async function newPerson(gatewayUrl: string, token: string, role: Role): Promise<Person> {
  const person = { email: `${role}-${randomUUID().slice(0, 8)}@example.com`, password: randomUUID() };
  const answer = await fetch(`${gatewayUrl}/api/users`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ ...person, name: `A ${role}`, role }),
  });
  expect(answer.status, await answer.clone().text()).toBe(201);
  const { userId } = (await answer.json()) as { userId: string };
  return { ...person, userId };
}

/** What the browser logs by itself when an answer is none or no good one. */
const answerNotice = /^Failed to load resource/;

/** The console in a real browser, used as a person uses it. */
export class ConsolePage {
  readonly #complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly url: string,
  ) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
  }

  static async open(
    browser: Browser,
    gatewayUrl: string,
    viewport = { width: 1280, height: 720 },
  ): Promise<ConsolePage> {
    const context = await browser.newContext({ viewport });
    return new ConsolePage(await context.newPage(), context, `${gatewayUrl}/console`);
  }

  async signIn({ email, password }: Person, path = ''): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('navigation', { name: 'Pages' }).waitFor();
  }

  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Opens an act, fills its fields by their labels, presses. What it says in the end is in `dialog`. */
  async act(name: string, fields: Readonly<Record<string, string>>, press: string | RegExp): Promise<void> {
    await this.button(name).click();
    for (const [label, value] of Object.entries(fields)) await this.dialog.getByLabel(label).fill(value);
    await this.dialog.getByRole('button', { name: press }).click();
  }

  /** Done, and goes where its answer leads. */
  async done(link: string): Promise<void> {
    await this.dialog.getByText(/Done$/).waitFor();
    await this.dialog.getByRole('link', { name: link }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  async closeDone(): Promise<void> {
    await this.dialog.getByText(/Done$/).waitFor();
    expect(await this.dialog.locator('fieldset').isVisible()).toBe(false);
    await this.dialog.getByRole('button', { name: 'Close' }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** The value that stands beside a name. */
  fact(name: string): Locator {
    return this.page
      .locator('.facts > div', { has: this.page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
      .locator('dd')
      .first();
  }

  /** What the browser complained about, answers that were no good apart. */
  get complaints(): readonly string[] {
    return this.#complaints.filter((text) => !answerNotice.test(text));
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
