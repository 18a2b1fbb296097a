import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { CrowdOrder, CrowdResult } from './sign-in-crowd-main.js';

/** Built before any soak runs: a program of its own runs no sources. */
const program = new URL('../../dist/faults/sign-in-crowd-main.js', import.meta.url);

/** Strangers who sign in, in a process of their own: what they take of a core to ask is not the platform's. */
export class SignInCrowd {
  private constructor(private readonly child: ChildProcess) {}

  /** Each has an address and a connection of its own. */
  static async open(order: CrowdOrder): Promise<SignInCrowd> {
    const child = fork(program, { serialization: 'advanced' });
    const crowd = new SignInCrowd(child);
    child.send(order);
    await crowd.#said();
    return crowd;
  }

  /** All sign in, at the rate and for the time that was ordered; and then they are gone. */
  async signIn(): Promise<CrowdResult> {
    this.child.send('GO');
    return (await this.#said()) as CrowdResult;
  }

  async #said(): Promise<unknown> {
    const gone = once(this.child, 'exit').then(([code]) => Promise.reject(new Error(`the crowd ended with ${code}`)));
    const [message] = await Promise.race([once(this.child, 'message'), gone]);
    gone.catch(() => {});
    return message;
  }
}
