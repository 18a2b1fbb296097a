import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admins, operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import {
  alertAnswer,
  alertConfigAnswer,
  alertConfigListAnswer,
  alertListAnswer,
  alertTestAnswer,
  alertWithHistoryAnswer,
} from './alert-answers.js';
import { acknowledgeSchema, alertConfigSchema, alertFilters, alertTypeField } from './alert-requests.js';
import { AlertsService } from './alerts.service.js';

@Controller('api/alerts')
export class AlertsController {
  constructor(readonly alerts: AlertsService) {}

  @Get()
  @ApiCall({
    operationId: 'listAlerts',
    summary: 'List alerts, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: alertFilters,
    answers: { 200: alertListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.list(request));
  }

  @Get('config')
  @ApiCall({
    operationId: 'listAlertConfigs',
    summary: 'Read when each type of alert fires, and who is told',
    access: viewers,
    rateLimit: 'reads',
    answers: { 200: alertConfigListAnswer },
  })
  async readConfigs(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.readConfigs(request));
  }

  @Post('config')
  @HttpCode(200)
  @ApiCall({
    operationId: 'configureAlert',
    summary: 'Say when a type of alert fires, and who is told',
    access: admins,
    rateLimit: 'acts',
    description:
      'Replaces what the type had. It counts from the next time alerts are judged; an open alert stays open until then.',
    body: alertConfigSchema,
    answers: { 200: alertConfigAnswer },
  })
  async configure(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.configure(request));
  }

  @Post('config/:alertType/test')
  @HttpCode(202)
  @ApiCall({
    operationId: 'testAlert',
    summary: 'Have a test mail sent to the recipients of a type',
    access: admins,
    rateLimit: 'acts',
    parameter: { name: 'alertType', description: 'The type of alert.', schema: alertTypeField },
    takesNoBody: true,
    answers: { 202: alertTestAnswer },
  })
  async test(@Param('alertType') type: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.test(type, request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getAlert',
    summary: 'Read an alert and its history',
    access: viewers,
    rateLimit: 'reads',
    id: 'alert',
    answers: { 200: alertWithHistoryAnswer },
    problems: ['ALERT_NOT_FOUND'],
  })
  async read(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.read(id, request));
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @ApiCall({
    operationId: 'acknowledgeAlert',
    summary: 'Say that somebody is at it',
    access: operators,
    rateLimit: 'acts',
    description:
      'From then on nobody is mailed about it, unless its severity rises or its value doubles. Who comes second changes nothing.',
    id: 'alert',
    body: acknowledgeSchema,
    bodyMayBeEmpty: true,
    answers: { 200: alertAnswer },
    problems: ['ALERT_NOT_FOUND', 'ALERT_RESOLVED'],
  })
  async acknowledge(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.alerts.acknowledge(id, request));
  }
}
