import { connect, createInbox, type NatsConnection } from '@nats-io/transport-node';
import type { CommandResult, ReplyMessage, TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { commandDeadlineMs, requestPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import { inboxPrefix } from '@smart-wallet/engine/contract/subjects.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { type Owner, readOwners } from '../owners.js';
import type { Driven } from '../product.js';
import { currency, seedAmount, walletIds } from '../workload.js';

const caller = 'bench-seed';
const walletsPerStatement = 1_000;
/** Messages sent and not yet answered: what an engine that just started takes well within a command's deadline. */
const openMessagesMax = 4;

/**
 * Gives every wallet its first money by deposits over NATS: the one way in that builds of different schemas share, and each
 * writes its own rows, so that its own audit fits.
 */
export async function seedOverWire(platform: Driven): Promise<void> {
  const wallets = walletIds();
  await withClient(platform.databaseUrl, async (client) => {
    for (const some of chunks(wallets, walletsPerStatement))
      await client.query(
        `SELECT create_wallet(wallet_id, NULL, $2, 'ACTIVE', NULL, NULL) FROM unnest($1::uuid[]) AS wallet_id`,
        [some, currency],
      );
  });
  const owners = await readOwners(platform.databaseUrl, platform.namespace);
  const messages = [...Map.groupBy(wallets, (id) => partitionOf(id, owners.length))].flatMap(([partition, ids]) =>
    chunks(ids, requestPaymentsMax).map((part) => ({ partition, part })),
  );
  const nats = await connect(natsLogin(platform.natsUrl));
  try {
    const deposits = new Deposits(nats, platform.namespace);
    const sendNext = async () => {
      for (let next = messages.pop(); next; next = messages.pop())
        await deposits.make(next.part, next.partition, owners[next.partition] as Owner);
    };
    await Promise.all(Array.from({ length: openMessagesMax }, sendNext));
  } finally {
    await nats.close();
  }
}

/** A request a message, answered to an inbox by its id when all of its commands are decided. */
class Deposits {
  readonly #nats: NatsConnection;
  readonly #inbox: string;
  readonly #waiting = new Map<number, (results: CommandResult[]) => void>();
  #id = 0;

  constructor(nats: NatsConnection, namespace: string) {
    this.#nats = nats;
    this.#inbox = createInbox(inboxPrefix(namespace));
    nats.subscribe(this.#inbox, {
      callback: (_, message) => {
        for (const { id, results } of message.json<ReplyMessage>().replies ?? []) this.#waiting.get(id)?.(results);
      },
    });
  }

  async make(wallets: string[], partition: number, { subject, epoch }: Owner): Promise<void> {
    this.#id += 1;
    const id = this.#id;
    const commands = wallets.map(depositCommand);
    const request = { id, partition, epoch, msLeft: commands.map(() => commandDeadlineMs), commands };
    const results = await new Promise<CommandResult[]>((resolve, reject) => {
      const late = () => reject(new Error(`${commands.length} deposits were not answered`));
      const timer = setTimeout(late, 2 * commandDeadlineMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#nats.publish(subject, JSON.stringify({ requests: [request] }), { reply: `${this.#inbox}.0` });
    });
    this.#waiting.delete(id);
    const other = results.find((result) => result.outcome !== 'RECORDED' || result.transaction.status !== 'SUCCESS');
    if (other) throw new Error(`a deposit was answered with ${JSON.stringify(other)}`);
  }
}

function depositCommand(receiverWalletId: string): TransferCommand {
  const idempotencyKey = `seed-${receiverWalletId}`;
  const terms: TransferTerms<'DEPOSIT'> = {
    kind: 'DEPOSIT',
    senderWalletId: null,
    receiverWalletId,
    amount: seedAmount.toString(),
    currency,
    reference: null,
    description: null,
    metadata: null,
  };
  return {
    ...terms,
    type: 'TRANSFER',
    caller,
    idempotencyKey,
    keyDigest: keyDigest(caller, idempotencyKey),
    requestHash: requestHash(terms),
    initiatedAtMs: Date.now(),
  };
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
