import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { Mailboxes } from '../actor/mailbox.js';
import { type AnswerText, notDone } from '../answers.js';
import type { BatchCommitted, OwnershipEvent, WalletsLowered, WorkerHeartbeat } from '../contract/events.js';
import { commandAgeMaxMs } from '../contract/limits.js';
import {
  batchSubject,
  commandSubject,
  heartbeatSubject,
  ownershipSubject,
  walletsLoweredSubject,
} from '../contract/subjects.js';
import { isCommand, readRequest } from './command-shape.js';

/** Commands in, answers and events out, over NATS. One subject a partition and epoch: a former owner hears nothing new. */
export class CommandServer {
  readonly #served = new Map<number, Subscription>();
  #connected = true;
  #warnedOfAgeAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly nats: NatsConnection,
    private readonly namespace: string,
    private readonly mailboxes: Mailboxes,
    private readonly log: Logger,
  ) {
    void this.#watch();
  }

  /** False while NATS is away: nobody can reach this worker's partitions. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Hears a partition's commands at this epoch, and no longer at an earlier one. */
  serve(partition: number, epoch: number): void {
    const earlier = this.#served.get(partition);
    const callback = (error: Error | null, message: Msg) => {
      if (!error) this.#receive(partition, message);
    };
    this.#served.set(partition, this.nats.subscribe(commandSubject(this.namespace, partition, epoch), { callback }));
    earlier?.unsubscribe();
  }

  /** Resolves when every command that had reached this worker is in its mailbox, and none follows. */
  async stopServing(partition: number): Promise<void> {
    const subscription = this.#served.get(partition);
    this.#served.delete(partition);
    if (subscription && !this.nats.isClosed()) await subscription.drain().catch(() => {});
  }

  drop(partition: number): void {
    this.#served.get(partition)?.unsubscribe();
    this.#served.delete(partition);
  }

  hearOwnership(heard: (event: OwnershipEvent) => void): void {
    this.#hear<OwnershipEvent>(ownershipSubject(this.namespace), heard);
  }

  hearLowered(heard: (event: WalletsLowered) => void): void {
    this.#hear<WalletsLowered>(walletsLoweredSubject(this.namespace), heard);
  }

  announce(event: OwnershipEvent): void {
    this.#tell(ownershipSubject(this.namespace), event);
  }

  sayAlive(heartbeat: WorkerHeartbeat): void {
    this.#tell(heartbeatSubject(this.namespace), heartbeat);
  }

  tellBatch(event: BatchCommitted): void {
    this.#tell(batchSubject(this.namespace), event);
  }

  tellLowered(event: WalletsLowered): void {
    this.#tell(walletsLoweredSubject(this.namespace), event);
  }

  #receive(partition: number, message: Msg): void {
    const request = readRequest(message);
    if (!request) {
      this.log.error({ partition, bytes: message.data.length }, 'a request cannot be read');
      message.respond('{"results":[]}');
      return;
    }
    const { commands, msLeft } = request;
    if (commands.length === 0) message.respond('{"results":[]}');
    const now = performance.now();
    const oldestMs = Date.now() - commandAgeMaxMs;
    const answers: AnswerText[] = new Array(commands.length);
    let awaited = commands.length;
    for (const [i, command] of commands.entries()) {
      const reply = (answer: AnswerText) => {
        answers[i] = answer;
        awaited -= 1;
        if (awaited === 0) this.#respond(message, partition, answers);
      };
      if (!isCommand(command)) {
        this.log.error({ partition, command }, 'a command has the wrong shape');
        reply(notDone('COMMAND_FAULT'));
        continue;
      }
      const ageLeftMs = command.initiatedAtMs - oldestMs;
      if (ageLeftMs <= 0) this.#warnOfAge(partition, commandAgeMaxMs - ageLeftMs);
      this.mailboxes.offer(partition, command, now + Math.min(msLeft[i] ?? 0, ageLeftMs), reply);
    }
  }

  /** What is decided is decided: an answer that cannot be sent must stop nothing. Its caller asks again. */
  #respond(message: Msg, partition: number, answers: readonly AnswerText[]): void {
    const text = `{"results":[${answers.join(',')}]}`;
    try {
      message.respond(text);
    } catch (error) {
      this.log.error({ err: error, partition, chars: text.length }, 'an answer could not be sent');
    }
  }

  #warnOfAge(partition: number, ageMs: number): void {
    const now = performance.now();
    if (now - this.#warnedOfAgeAt < 10_000) return;
    this.#warnedOfAgeAt = now;
    this.log.warn(
      { partition, ageMs },
      'commands arrive too old to be decided: is the network slow, or a clock wrong?',
    );
  }

  async #watch(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect') {
        this.#connected = false;
        this.log.warn('NATS is not reachable');
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.log.info('NATS is reachable again');
      }
    }
  }

  /** A message of the wrong shape is left out: a throw in a callback would close the connection. */
  #hear<Event>(subject: string, heard: (event: Event) => void): void {
    const callback = (error: Error | null, message: Msg) => {
      if (error) return;
      try {
        heard(message.json<Event>());
      } catch (cause) {
        this.log.error({ err: cause, subject }, 'an event cannot be read');
      }
    };
    this.nats.subscribe(subject, { callback });
  }

  /** Events are a courtesy: what they say stands in Postgres, and losing one delays others, no more. */
  #tell(subject: string, event: object): void {
    if (!this.nats.isClosed()) this.nats.publish(subject, JSON.stringify(event));
  }
}
