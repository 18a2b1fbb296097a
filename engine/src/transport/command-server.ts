import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { Mailboxes } from '../actor/mailbox.js';
import { type Answer, answerText, leanAnswerText, notDone } from '../answers.js';
import { fillIn, isCommand, readRequests } from '../contract/command-shape.js';
import type { CommandRequest } from '../contract/commands.js';
import { Complaint } from '../contract/complaint.js';
import type { BatchCommitted, EngineHeartbeat, OwnershipEvent, WalletsLowered } from '../contract/events.js';
import { commandAgeMaxMs, commandDeadlineMs } from '../contract/limits.js';
import {
  batchSubject,
  commandSubject,
  heartbeatSubject,
  ownershipSubject,
  replyInbox,
  walletsLoweredSubject,
} from '../contract/subjects.js';
import { answered, type Traces } from '../tracing/traces.js';

/** Answers gathered for one message, in characters: it stays far under NATS's 1 MB. */
const replyCharsMax = 500_000;

export interface CommandServerParts {
  readonly nats: NatsConnection;
  readonly namespace: string;
  readonly workerId: string;
  readonly mailboxes: Mailboxes;
  /** null: nothing is traced. */
  readonly traces?: Traces | null;
  /** The database's time, as far as this engine knows. */
  readonly databaseNowMs: () => number;
  /** Told of a loss of NATS, and of its return. */
  readonly absence?: { lost(): void; back(): void };
  readonly log: Logger;
}

/**
 * Commands in, answers and events out, over NATS. An engine hears one subject of its own; each request names the partition and
 * the epoch it is meant for, and whatever the engine does not serve at just that epoch is answered NOT_OWNER.
 */
export class CommandServer {
  /** Epochs at which partitions are served. */
  readonly #served = new Map<number, number>();
  /** Replies on their way to each gateway's inbox: what one commit answers leaves as one message. */
  readonly #outgoing = new Map<string, { texts: string[]; chars: number }>();
  /** Batches that are not told yet. */
  readonly #batches: BatchCommitted[] = [];
  readonly #refusal = new Complaint();
  #connected = true;
  #warnedOfAgeAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: CommandServerParts) {
    const { nats, namespace, workerId } = parts;
    const callback = (error: Error | null, message: Msg) => {
      if (error) return this.#refused(error);
      // A throw in a callback would close the connection.
      try {
        this.#receive(message);
      } catch (cause) {
        this.parts.log.error({ err: cause, bytes: message.data.length }, 'a bug: a message could not be taken');
      }
    };
    nats.subscribe(commandSubject(namespace, workerId), { callback });
    void this.#watch();
  }

  /** False while NATS is away: nobody can reach this engine's partitions. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Takes a partition's commands at this epoch, and no longer at an earlier one. */
  serve(partition: number, epoch: number): void {
    this.#served.set(partition, epoch);
  }

  /** Every command taken is in its mailbox, and none follows. */
  stopServing(partition: number): void {
    this.#served.delete(partition);
  }

  hearOwnership(heard: (event: OwnershipEvent) => void): void {
    this.#hear<OwnershipEvent>(ownershipSubject(this.parts.namespace), heard);
  }

  hearLowered(heard: (event: WalletsLowered) => void): void {
    this.#hear<WalletsLowered>(walletsLoweredSubject(this.parts.namespace), heard);
  }

  announce(event: OwnershipEvent): void {
    this.#tell(ownershipSubject(this.parts.namespace), event);
  }

  sayAlive(heartbeat: EngineHeartbeat): void {
    this.#tell(heartbeatSubject(this.parts.namespace), heartbeat);
  }

  /** Told behind the answers of its commit, and in one write with them. */
  tellBatch(event: BatchCommitted): void {
    if (this.#batches.push(event) === 1) setImmediate(() => this.#tellBatches());
  }

  tellLowered(event: WalletsLowered): void {
    this.#tell(walletsLoweredSubject(this.parts.namespace), event);
  }

  #receive(message: Msg): void {
    const inbox = replyInbox(this.parts.namespace, message.reply);
    const requests = readRequests(message);
    if (!inbox || !requests) {
      this.parts.log.error({ bytes: message.data.length }, 'a message cannot be read');
      if (inbox) message.respond('{"replies":null}');
      return;
    }
    let commands = 0;
    for (const request of requests) commands += request.commands.length;
    const bytesEach = Math.ceil(message.data.length / Math.max(1, commands));
    for (const request of requests) this.#take(inbox, request, bytesEach);
  }

  #take(inbox: string, request: CommandRequest, bytes: number): void {
    const { id, partition, epoch, msLeft, commands, lean } = request;
    const traceparents = this.parts.traces && Array.isArray(request.traces) ? request.traces : null;
    const answers: string[] = new Array(commands.length);
    let awaited = commands.length;
    if (awaited === 0) this.#reply(inbox, id, answers);
    const served = this.#served.get(partition) === epoch;
    const now = performance.now();
    const oldestMs = this.parts.databaseNowMs() - commandAgeMaxMs;
    for (const [i, command] of commands.entries()) {
      const traced = traceparents?.[i];
      const trace = traced ? (this.parts.traces?.arrived(traced, command?.type, partition, epoch) ?? null) : null;
      const reply = (answer: Answer) => {
        if (trace !== null) answered(trace, answer);
        answers[i] = lean === true ? leanAnswerText(answer, command, partition) : answerText(answer);
        awaited -= 1;
        if (awaited === 0) this.#reply(inbox, id, answers);
      };
      if (!served) {
        reply(notDone('NOT_OWNER'));
        continue;
      }
      if (!isCommand(command)) {
        // What it holds may be nobody's business.
        const { type, keyDigest } = Object(command) as Record<string, unknown>;
        this.parts.log.error({ partition, epoch, type, keyDigest }, 'a command has the wrong shape');
        reply(notDone('COMMAND_FAULT'));
        continue;
      }
      fillIn(command);
      const ageLeftMs = command.initiatedAtMs - oldestMs;
      if (ageLeftMs <= 0) this.#warnOfAge(partition, commandAgeMaxMs - ageLeftMs);
      // However far ahead a gateway's clock is: nobody waits for longer than a deadline.
      const deadlineAt = now + Math.min(msLeft[i] as number, ageLeftMs, commandDeadlineMs);
      this.parts.mailboxes.offer(partition, command, { deadlineAt, bytes, trace }, reply);
    }
  }

  /** Answers of the same turn of the event loop leave together. */
  #reply(inbox: string, id: number, answers: readonly string[]): void {
    const text = `{"id":${id},"results":[${answers.join(',')}]}`;
    let outgoing = this.#outgoing.get(inbox);
    if (outgoing && outgoing.chars + text.length > replyCharsMax) {
      this.#send(inbox);
      outgoing = undefined;
    }
    if (!outgoing) {
      outgoing = { texts: [], chars: 0 };
      this.#outgoing.set(inbox, outgoing);
      queueMicrotask(() => this.#send(inbox));
    }
    outgoing.texts.push(text);
    outgoing.chars += text.length;
  }

  /** What is decided is decided: an answer that cannot be sent must stop nothing. Its caller asks again. */
  #send(inbox: string): void {
    const outgoing = this.#outgoing.get(inbox);
    if (!outgoing) return;
    this.#outgoing.delete(inbox);
    try {
      this.parts.nats.publish(inbox, `{"replies":[${outgoing.texts.join(',')}]}`);
    } catch (error) {
      this.parts.log.error({ err: error, chars: outgoing.chars }, 'answers could not be sent');
    }
    this.#tellBatches();
  }

  #tellBatches(): void {
    for (const event of this.#batches.splice(0)) {
      try {
        this.#tell(batchSubject(this.parts.namespace), event);
      } catch (error) {
        this.parts.log.error({ err: error, batchSeq: event.batchSeq }, 'a batch could not be told');
      }
    }
  }

  #warnOfAge(partition: number, ageMs: number): void {
    const now = performance.now();
    if (now - this.#warnedOfAgeAt < 10_000) return;
    this.#warnedOfAgeAt = now;
    this.parts.log.warn(
      { partition, ageMs },
      'commands arrive too old to be decided: is the network slow, or a clock wrong?',
    );
  }

  async #watch(): Promise<void> {
    for await (const status of this.parts.nats.status()) {
      if (status.type === 'disconnect') {
        this.#connected = false;
        this.parts.absence?.lost();
        this.parts.log.warn('NATS is not reachable');
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.parts.absence?.back();
        this.parts.log.info('NATS is reachable again');
      } else if (status.type === 'error') {
        this.#refused(status.error);
      }
    }
    this.parts.absence?.back(); // closed: nobody waits for it
  }

  /** What an engine may not say or hear, it cannot do its work without. */
  #refused(error: Error): void {
    if (!this.#refusal.isNew(error.message)) return;
    this.parts.log.error({ err: error }, 'NATS refuses this engine: does NATS_URL have the login of an engine?');
  }

  /** A message of the wrong shape is left out: a throw in a callback would close the connection. */
  #hear<Event>(subject: string, heard: (event: Event) => void): void {
    const callback = (error: Error | null, message: Msg) => {
      if (error) return this.#refused(error);
      try {
        heard(message.json<Event>());
      } catch (cause) {
        this.parts.log.error({ err: cause, subject }, 'an event cannot be read');
      }
    };
    this.parts.nats.subscribe(subject, { callback });
  }

  /** Events are a courtesy: what they say stands in Postgres, and losing one delays others, no more. */
  #tell(subject: string, event: object): void {
    if (!this.parts.nats.isClosed()) this.parts.nats.publish(subject, JSON.stringify(event));
  }
}
