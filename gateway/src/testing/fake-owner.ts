import { connect, type NatsConnection } from '@nats-io/transport-node';
import type {
  Command,
  CommandMessage,
  CommandReply,
  CommandRequest,
  CommandResult,
  RecordedTransaction,
} from '@smart-wallet/engine/contract/commands.js';
import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import {
  commandSubject,
  heartbeatSubject,
  ownershipSubject,
  replyInbox,
} from '@smart-wallet/engine/contract/subjects.js';
import { v7 as uuidv7 } from 'uuid';

export type Decide = (command: Command, partition: number, epoch: number) => CommandResult | Promise<CommandResult>;

/** Stands in for an engine on a real NATS server: claims partitions, answers commands, keeps no books. */
export class FakeOwner {
  readonly workerId = uuidv7();
  readonly received: { command: Command; partition: number; epoch: number; msLeft: number }[] = [];
  keepReceived = true;
  readonly #nats: NatsConnection;
  readonly #namespace: string;
  readonly #decide: Decide;
  /** Epochs of the partitions it owns. */
  readonly #held = new Map<number, number>();

  static async start(natsUrl: string, namespace: string, decide: Decide = recordEverything()): Promise<FakeOwner> {
    return new FakeOwner(await connect(natsLogin(natsUrl)), namespace, decide);
  }

  private constructor(nats: NatsConnection, namespace: string, decide: Decide) {
    this.#nats = nats;
    this.#namespace = namespace;
    this.#decide = decide;
    nats.subscribe(commandSubject(namespace, this.workerId), {
      callback: (_, message) => {
        const inbox = replyInbox(namespace, message.reply) as string;
        for (const request of message.json<CommandMessage>().requests) {
          void this.#answer(request).then((reply) => nats.publish(inbox, JSON.stringify({ replies: [reply] })));
        }
      },
    });
  }

  /** Resolves when the server knows of it. */
  async claim(partitions: Iterable<number>, epoch: number): Promise<void> {
    for (const partition of partitions) this.#held.set(partition, epoch);
    await this.#nats.flush();
    for (const partition of partitions) this.#announce('CLAIMED', partition, epoch);
    await this.#nats.flush();
  }

  async release(partitions: Iterable<number>): Promise<void> {
    for (const partition of partitions) {
      const epoch = this.#held.get(partition);
      if (epoch === undefined) continue;
      this.#held.delete(partition);
      this.#announce('RELEASED', partition, epoch);
    }
    await this.#nats.flush();
  }

  beat(): void {
    const beat: EngineHeartbeat = {
      workerId: this.workerId,
      workerName: 'fake',
      atMs: Date.now(),
      partitions: [...this.#held].map(([partition, epoch]) => [partition, epoch, 0]),
      oldestWaitingMs: null,
      fencedCalls: 0,
      unknownCalls: 0,
      memoryBytes: 0,
    };
    this.#nats.publish(heartbeatSubject(this.#namespace), JSON.stringify(beat));
  }

  async stop(): Promise<void> {
    await this.#nats.close();
  }

  #announce(type: OwnershipEvent['type'], partition: number, epoch: number): void {
    const event: OwnershipEvent = {
      type,
      partition,
      epoch,
      workerId: this.workerId,
      workerName: 'fake',
      atMs: Date.now(),
    };
    this.#nats.publish(ownershipSubject(this.#namespace), JSON.stringify(event));
  }

  async #answer({ id, partition, epoch, msLeft, commands }: CommandRequest): Promise<CommandReply> {
    const results: CommandResult[] = [];
    for (const [index, command] of commands.entries()) {
      if (this.#held.get(partition) !== epoch) {
        results.push({ outcome: 'NOT_DONE', code: 'NOT_OWNER' });
        continue;
      }
      if (this.keepReceived) this.received.push({ command, partition, epoch, msLeft: msLeft[index] as number });
      results.push(await this.#decide(command, partition, epoch));
    }
    return { id, results };
  }
}

export function recorded(command: Command, transactionId = uuidv7()): RecordedTransaction {
  const transfer = command.type === 'TRANSFER' ? command : undefined;
  return {
    transactionId,
    status: 'SUCCESS',
    failureCode: null,
    failureReason: null,
    senderWalletId: transfer?.senderWalletId ?? fundingWalletId,
    receiverWalletId: transfer?.receiverWalletId ?? fundingWalletId,
    partition: 0,
    batchSeq: 1,
    initiatedAtMs: command.initiatedAtMs,
    processingAtMs: command.initiatedAtMs + 1,
    createdAtMs: command.initiatedAtMs + 2,
  };
}

export const fundingWalletId = '00000000-0000-4000-8000-00000000f00d';

/** Succeeds at everything, once a key. */
export function recordEverything(): Decide {
  const answers = new Map<string, RecordedTransaction>();
  return (command) => {
    if (command.type === 'STATUS_CHANGE') return { outcome: 'STATUS_CHANGED' };
    if (command.type === 'ATOMIC_BATCH') {
      const transactions = command.payments.map((payment) => ({ ...recorded(command), ...walletsOf(payment) }));
      return { outcome: 'BATCH_RECORDED', transactions, replayed: false };
    }
    const known = answers.get(command.keyDigest);
    const transaction = known ?? recorded(command);
    answers.set(command.keyDigest, transaction);
    return { outcome: 'RECORDED', transaction, replayed: known !== undefined };
  };
}

function walletsOf(payment: { senderWalletId: string; receiverWalletId: string }) {
  return { senderWalletId: payment.senderWalletId, receiverWalletId: payment.receiverWalletId };
}
