import { Injectable } from '@nestjs/common';
import { type AlertType, alertThresholds } from '@smart-wallet/engine/contract/alerts.js';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { operators } from '../http/access.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { alertConfigFacts, alertJson, alertWithHistoryJson } from './alert-answers.js';
import { acknowledgeSchema, alertConfigSchema, alertFilters, alertTypeField } from './alert-requests.js';
import {
  type AlertConfigRow,
  type AlertRow,
  findAlert,
  listAlerts,
  readAlertConfigs,
  readHistory,
} from './alert-rows.js';

const typeParameter = z.object({ alertType: alertTypeField });

@Injectable()
export class AlertsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  async list(request: FastifyRequest): Promise<Answer> {
    const filters = validated(alertFilters, request.query);
    const isKnown = knowsRecipients(request);
    const page = await listAlerts(this.lists, filters);
    return { status: 200, body: pageJson(page, filters, (row) => alertJson(row, isKnown)) };
  }

  async read(id: string, request: FastifyRequest): Promise<Answer> {
    const alert = await this.#found(uuidParameter(id, 'id'));
    const history = await readHistory(this.database, alert.alert_id);
    return { status: 200, body: alertWithHistoryJson(alert, history, knowsRecipients(request)) };
  }

  /** Again, it is the same answer: whoever comes second sees who was first. */
  async acknowledge(id: string, request: FastifyRequest): Promise<Answer> {
    const alertId = uuidParameter(id, 'id');
    const { note } = checkedBody(acknowledgeSchema, request);
    const { rows } = await this.database.query<{ outcome: string }>(
      'SELECT acknowledge_alert($1, $2, $3, $4) AS outcome',
      [alertId, request.bearer.subject, note || null, request.traceId],
    );
    if (rows[0]?.outcome === 'RESOLVED') {
      throw new ProblemError({
        code: 'ALERT_RESOLVED',
        detail: 'The alert is over: nothing is left to be acknowledged.',
      });
    }
    return { status: 200, body: alertJson(await this.#found(alertId), knowsRecipients(request)) };
  }

  async readConfigs(request: FastifyRequest): Promise<Answer> {
    const rows = await readAlertConfigs(this.database);
    const isKnown = knowsRecipients(request);
    return jsonAnswer(200, { items: rows.map((row) => configFacts(row, isKnown)) });
  }

  async configure(request: FastifyRequest): Promise<Answer> {
    const config = checkedBody(alertConfigSchema, request);
    const { alertType, threshold, windowMinutes, minimumSample, severity, recipients, cooldownMinutes, enabled } =
      config;
    await this.database.query('SELECT configure_alert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
      ...[alertType, threshold, windowMinutes, minimumSample ?? null, severity, recipients, cooldownMinutes, enabled],
      ...[request.bearer.subject, request.traceId],
    ]);
    const [row] = await readAlertConfigs(this.database, alertType);
    return jsonAnswer(200, configFacts(row as AlertConfigRow, knowsRecipients(request)));
  }

  async test(type: string, request: FastifyRequest): Promise<Answer> {
    const { alertType } = validated(typeParameter, { alertType: type });
    await this.database.query('SELECT request_alert_test($1, $2, $3)', [
      alertType,
      request.bearer.subject,
      request.traceId,
    ]);
    return jsonAnswer(202, { alertType, requested: true });
  }

  async #found(alertId: string): Promise<AlertRow> {
    const alert = await findAlert(this.database, alertId);
    if (!alert) throw new ProblemError({ code: 'ALERT_NOT_FOUND', detail: `There is no alert ${alertId}.` });
    return alert;
  }
}

/** As with recipients of digests and addresses in dead letters. */
const knowsRecipients = ({ bearer }: FastifyRequest) => bearer.roles.some((role) => operators.includes(role));

function configFacts(row: AlertConfigRow, isKnown: boolean) {
  return alertConfigFacts({ ...row, unit: alertThresholds[row.alert_type as AlertType]?.unit ?? '' }, isKnown);
}
