import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admins, operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import {
  deliveryAnswer,
  deliveryListAnswer,
  newWebhookAnswer,
  webhookAnswer,
  webhookListAnswer,
  webhookReplayAnswer,
  webhookReplayListAnswer,
  webhookSecretAnswer,
  webhookSecretListAnswer,
} from './webhook-answers.js';
import {
  deliveryFilters,
  newWebhookSchema,
  webhookChangeSchema,
  webhookFilters,
  webhookReplayFilters,
  webhookReplaySchema,
} from './webhook-requests.js';
import { WebhooksService } from './webhooks.service.js';

@Controller('api/webhooks')
export class WebhooksController {
  constructor(readonly webhooks: WebhooksService) {}

  @Get()
  @ApiCall({
    operationId: 'listWebhooks',
    summary: 'List webhooks, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: webhookFilters,
    answers: { 200: webhookListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.list(request));
  }

  @Post()
  @ApiCall({
    operationId: 'createWebhook',
    summary: 'Have events sent to an address',
    access: admins,
    rateLimit: 'acts',
    description:
      'From now on; of what was before, ask for a replay. The secret is shown this once: deliveries are signed with it as Standard Webhooks says. ' +
      'It takes no `Idempotency-Key`: asked twice, it makes two. Where no answer came, look into the list, and delete what is there.',
    body: newWebhookSchema,
    answers: { 201: newWebhookAnswer },
    location: '/api/webhooks/11111111-1111-4111-8111-111111111111',
    problems: ['TOO_MANY_WEBHOOKS'],
  })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.create(request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getWebhook',
    summary: 'Read a webhook',
    access: viewers,
    rateLimit: 'reads',
    id: 'webhook',
    answers: { 200: webhookAnswer },
    problems: ['WEBHOOK_NOT_FOUND'],
  })
  async read(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.read(id, request));
  }

  @Patch(':id')
  @ApiCall({
    operationId: 'changeWebhook',
    summary: 'Change, pause, resume or disable a webhook',
    access: admins,
    rateLimit: 'acts',
    description:
      'What is not named stays. PAUSED: deliveries wait, and go out oldest first once it is ACTIVE again. Another address gets what waits, too; ' +
      'what failed at the old one is forgotten, and a webhook that the platform had paused for that is ACTIVE again. Other types or wallets go for ' +
      'what waits, too: what is not wanted any more is FAILED and not sent; at most a call that is under way still arrives.',
    id: 'webhook',
    body: webhookChangeSchema,
    answers: { 200: webhookAnswer },
    problems: ['WEBHOOK_NOT_FOUND', 'WEBHOOK_CHANGED'],
  })
  async change(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.change(id, request));
  }

  @Delete(':id')
  @ApiCall({
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook, and what waits for it',
    access: admins,
    rateLimit: 'acts',
    id: 'webhook',
    answers: { 204: 'nothing' },
    problems: ['WEBHOOK_NOT_FOUND'],
  })
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.webhooks.delete(id, request);
    reply.code(204).send();
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @ApiCall({
    operationId: 'rotateWebhookSecret',
    summary: 'Have a webhook sign with a new secret',
    access: admins,
    rateLimit: 'acts',
    description: 'It is shown this once. The older ones sign too for a day, so that no delivery is refused meanwhile.',
    id: 'webhook',
    takesNoBody: true,
    answers: { 200: webhookSecretAnswer },
    problems: ['WEBHOOK_NOT_FOUND', 'TOO_MANY_WEBHOOK_SECRETS'],
  })
  async rotateSecret(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.rotateSecret(id, request));
  }

  @Get(':id/deliveries')
  @ApiCall({
    operationId: 'listWebhookDeliveries',
    summary: 'List what was sent to a webhook, newest first',
    access: viewers,
    rateLimit: 'reads',
    description: 'With the last attempts of each. What was DELIVERED or FAILED is kept for a while.',
    id: 'webhook',
    query: deliveryFilters,
    answers: { 200: deliveryListAnswer },
    problems: ['WEBHOOK_NOT_FOUND'],
  })
  async deliveries(@Param('id') id: string, @Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.deliveries(id, query));
  }

  @Get('deliveries/:id')
  @ApiCall({
    operationId: 'getWebhookDelivery',
    summary: 'Read a delivery, with its last attempts',
    access: viewers,
    rateLimit: 'reads',
    id: 'delivery',
    answers: { 200: deliveryAnswer },
    problems: ['WEBHOOK_DELIVERY_NOT_FOUND'],
  })
  async delivery(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.delivery(id));
  }

  @Post('deliveries/:id/resend')
  @HttpCode(202)
  @ApiCall({
    operationId: 'resendWebhookDelivery',
    summary: 'Have a delivery sent once more',
    access: operators,
    rateLimit: 'acts',
    description:
      'Whatever became of it before, with all of its tries. It waits while the webhook is PAUSED. One that is being sent this moment is ' +
      'refused, and so is one that the webhook does not want, by its types and wallets as they are now.',
    id: 'delivery',
    takesNoBody: true,
    answers: { 202: deliveryAnswer },
    problems: [
      'WEBHOOK_DELIVERY_NOT_FOUND',
      'WEBHOOK_DELIVERY_ON_ITS_WAY',
      'WEBHOOK_DELIVERY_NOT_WANTED',
      'WEBHOOK_DISABLED',
    ],
  })
  async resend(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.resend(id, request));
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiCall({
    operationId: 'replayWebhook',
    summary: 'Have what was created in a period sent once more',
    access: operators,
    rateLimit: 'acts',
    description:
      'From the ledger and the alerts, to this webhook alone, as deliveries of their own: the event ids are the same. Asked twice, it is sent twice.',
    id: 'webhook',
    body: webhookReplaySchema,
    answers: { 202: webhookReplayAnswer },
    problems: ['WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED', 'TOO_MANY_REPLAYS'],
  })
  async replay(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.replay(id, request));
  }

  @Get(':id/replays')
  @ApiCall({
    operationId: 'listWebhookReplays',
    summary: 'List the replays of a webhook, newest first, with how far they have come',
    access: viewers,
    rateLimit: 'reads',
    id: 'webhook',
    query: webhookReplayFilters,
    answers: { 200: webhookReplayListAnswer },
    problems: ['WEBHOOK_NOT_FOUND'],
  })
  async replays(@Param('id') id: string, @Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.replays(id, query));
  }

  @Get(':id/secrets')
  @ApiCall({
    operationId: 'listWebhookSecrets',
    summary: 'List which secrets sign for a webhook, and until when',
    access: viewers,
    rateLimit: 'reads',
    description: 'Never what they are.',
    id: 'webhook',
    answers: { 200: webhookSecretListAnswer },
    problems: ['WEBHOOK_NOT_FOUND'],
  })
  async secrets(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.secrets(id));
  }

  @Post(':id/test')
  @HttpCode(202)
  @ApiCall({
    operationId: 'testWebhook',
    summary: 'Have a test event sent to a webhook',
    access: operators,
    rateLimit: 'acts',
    description:
      'Of type `webhook.test`, whatever types it wants; a delivery like any other. It waits while the webhook is PAUSED.',
    id: 'webhook',
    takesNoBody: true,
    answers: { 202: deliveryAnswer },
    problems: ['WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED'],
  })
  async test(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.webhooks.test(id, request));
  }
}
