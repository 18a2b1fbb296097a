import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { webhookUrlProblem } from '@smart-wallet/engine/contract/webhook-address.js';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { admins } from '../http/access.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import type { ProblemCode } from '../http/problem-catalogue.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { deliveryFacts, replayFacts, secretFacts, webhookFacts } from './webhook-answers.js';
import {
  deliveryFilters,
  newWebhookSchema,
  olderSecretsHours,
  webhookChangeSchema,
  webhookFilters,
  webhookReplayFilters,
  webhookReplaySchema,
  webhookReplaysPendingMax,
  webhookSecretsMax,
  webhooksMax,
} from './webhook-requests.js';
import {
  findDelivery,
  findWebhook,
  listDeliveries,
  listReplays,
  listSecrets,
  listWebhooks,
  type WebhookRow,
} from './webhook-rows.js';

const secretBytes = 32;

/** WEBHOOK_ALLOW_PRIVATE: whether a webhook may call an address within a private network. */
export class WebhookPolicy {
  constructor(readonly allowsPrivate: boolean) {}
}

/** Every act is a function of the database, which writes its line of the audit log in the same commit; the workers do what is asked for. */
@Injectable()
export class WebhooksService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
    readonly policy: WebhookPolicy,
  ) {}

  async list(request: FastifyRequest): Promise<Answer> {
    const filters = validated(webhookFilters, request.query);
    const page = await listWebhooks(this.lists, filters);
    const knowsUrl = knowsUrls(request);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(webhookFacts(row, knowsUrl))) };
  }

  async read(id: string, request: FastifyRequest): Promise<Answer> {
    return jsonAnswer(200, webhookFacts(await this.#found(uuidParameter(id, 'id')), knowsUrls(request)));
  }

  async create(request: FastifyRequest): Promise<Answer> {
    const { url, eventTypes, walletIds, description } = checkedBody(newWebhookSchema, request);
    this.#checkUrl(url);
    const webhookId = uuidv7();
    const secret = newSecret();
    const outcome = await this.#act('create_webhook', request, [
      ...[webhookId, url, eventTypes, walletIds ?? null, description ?? null, secret, webhooksMax],
    ]);
    if (outcome === 'TOO_MANY') {
      throw problem('TOO_MANY_WEBHOOKS', `There are ${webhooksMax} webhooks already.`);
    }
    const made = webhookFacts(await this.#found(webhookId), true);
    return { ...jsonAnswer(201, { ...made, secret }), headers: { location: `/api/webhooks/${webhookId}` } };
  }

  async change(id: string, request: FastifyRequest): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    const { version, reason, ...change } = checkedBody(webhookChangeSchema, request);
    if (change.url !== undefined) this.#checkUrl(change.url);
    const outcome = await this.#act('change_webhook_v3', request, [
      ...[webhookId, version ?? null, JSON.stringify(change), reason ?? null],
    ]);
    if (outcome === 'STALE') {
      throw problem('WEBHOOK_CHANGED', `Webhook ${webhookId} has another version than ${version}.`);
    }
    return jsonAnswer(200, webhookFacts(await this.#found(webhookId), true));
  }

  async delete(id: string, request: FastifyRequest): Promise<void> {
    const webhookId = uuidParameter(id, 'id');
    if ((await this.#act('delete_webhook', request, [webhookId])) === 'NOT_FOUND') throw notFound(webhookId);
  }

  async rotateSecret(id: string, request: FastifyRequest): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    const secret = newSecret();
    const outcome = await this.#act('rotate_webhook_secret', request, [
      ...[webhookId, secret, `${olderSecretsHours} hours`, webhookSecretsMax],
    ]);
    if (outcome === 'NOT_FOUND') throw notFound(webhookId);
    if (outcome === 'TOO_MANY') {
      throw problem('TOO_MANY_WEBHOOK_SECRETS', `${webhookSecretsMax} secrets sign for it already.`);
    }
    return jsonAnswer(200, { webhookId, secret, olderSecretsSignFor: olderSecretsHours * 3_600 });
  }

  async deliveries(id: string, query: unknown): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    // A cursor of another webhook's list is none of this one's.
    const filters = { ...validated(deliveryFilters, query), webhookId };
    await this.#found(webhookId);
    const page = await listDeliveries(this.lists, filters);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(deliveryFacts(row))) };
  }

  async delivery(id: string): Promise<Answer> {
    const deliveryId = uuidParameter(id, 'id');
    const delivery = await findDelivery(this.database, deliveryId);
    if (!delivery) throw noDelivery(deliveryId);
    return jsonAnswer(200, deliveryFacts(delivery));
  }

  async resend(id: string, request: FastifyRequest): Promise<Answer> {
    const deliveryId = uuidParameter(id, 'id');
    const outcome = await this.#act('resend_webhook_delivery_v3', request, [deliveryId]);
    const delivery = outcome === 'NOT_FOUND' ? undefined : await findDelivery(this.database, deliveryId);
    if (!delivery) throw noDelivery(deliveryId);
    if (outcome === 'DISABLED') throw disabled(delivery.webhook_id);
    if (outcome === 'ON_ITS_WAY') {
      throw problem('WEBHOOK_DELIVERY_ON_ITS_WAY', 'It is being sent this moment: look what becomes of it first.');
    }
    if (outcome === 'NOT_WANTED') {
      throw problem(
        'WEBHOOK_DELIVERY_NOT_WANTED',
        `Webhook ${delivery.webhook_id} does not want this event, by its types and wallets as they are now.`,
      );
    }
    return jsonAnswer(202, deliveryFacts(delivery));
  }

  async replay(id: string, request: FastifyRequest): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    const { from, to } = checkedBody(webhookReplaySchema, request);
    const replayId = uuidv7();
    const outcome = await this.#act('replay_webhook', request, [
      ...[replayId, webhookId, from, to, webhookReplaysPendingMax],
    ]);
    if (outcome === 'NOT_FOUND') throw notFound(webhookId);
    if (outcome === 'DISABLED') throw disabled(webhookId);
    if (outcome === 'TOO_MANY') {
      throw problem('TOO_MANY_REPLAYS', `${webhookReplaysPendingMax} replays of this webhook wait already.`);
    }
    return jsonAnswer(202, { replayId, webhookId, from, to });
  }

  async replays(id: string, query: unknown): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    const filters = { ...validated(webhookReplayFilters, query), webhookId };
    await this.#found(webhookId);
    const page = await listReplays(this.lists, filters);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(replayFacts(row))) };
  }

  async secrets(id: string): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    await this.#found(webhookId);
    const items = (await listSecrets(this.lists, webhookId)).map(secretFacts);
    return jsonAnswer(200, { items, nextCursor: null });
  }

  async test(id: string, request: FastifyRequest): Promise<Answer> {
    const webhookId = uuidParameter(id, 'id');
    const [deliveryId, eventId] = [uuidv7(), uuidv7()];
    const payload = testEvent(eventId, webhookId, this.database.nowMs());
    const outcome = await this.#act('send_webhook_test', request, [deliveryId, eventId, webhookId, payload]);
    const delivery = outcome === 'SENDING' ? await findDelivery(this.database, deliveryId) : undefined;
    if (outcome === 'DISABLED') throw disabled(webhookId);
    if (!delivery) throw notFound(webhookId);
    return jsonAnswer(202, deliveryFacts(delivery));
  }

  /** A literal alone can be judged here; what a name stands for is judged when it is called, by the same code. */
  #checkUrl(url: string): void {
    const wrong = webhookUrlProblem(url, this.policy.allowsPrivate);
    if (wrong) throw new ProblemError(validationFailed([{ field: 'url', ...wrong }]));
  }

  async #act(act: string, { bearer, traceId }: FastifyRequest, values: unknown[]): Promise<string> {
    const all = [...values, bearer.subject, traceId];
    const { rows } = await this.database.query<{ outcome: string }>(
      `SELECT ${act}(${all.map((_, i) => `$${i + 1}`).join(', ')}) AS outcome`,
      all,
    );
    return rows[0]?.outcome ?? 'NOT_FOUND';
  }

  async #found(webhookId: string): Promise<WebhookRow> {
    const webhook = await findWebhook(this.database, webhookId);
    if (!webhook) throw notFound(webhookId);
    return webhook;
  }
}

const newSecret = () => `whsec_${randomBytes(secretBytes).toString('base64')}`;
const knowsUrls = ({ bearer }: FastifyRequest) => bearer.roles.some((role) => admins.includes(role));
const problem = (code: ProblemCode, detail: string) => new ProblemError({ code, detail });
const notFound = (webhookId: string) => problem('WEBHOOK_NOT_FOUND', `There is no webhook ${webhookId}.`);
const noDelivery = (deliveryId: string) => problem('WEBHOOK_DELIVERY_NOT_FOUND', `There is no delivery ${deliveryId}.`);
const disabled = (webhookId: string) => problem('WEBHOOK_DISABLED', `Webhook ${webhookId} is DISABLED.`);

/** In the form of any event; of no partition, and with no number. */
function testEvent(eventId: string, webhookId: string, nowMs: number): string {
  return JSON.stringify({
    ...{ eventId, type: 'webhook.test', version: 1, occurredAt: new Date(nowMs).toISOString() },
    ...{ partition: null, sequence: null, data: { webhookId, message: 'Somebody tries whether you take deliveries.' } },
  });
}
