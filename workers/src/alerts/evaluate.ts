import type { AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { type AlertConfig, recipientsOf } from './alert-config.js';
import { type Judged, judgeKey, nothingKnown } from './alert-key.js';
import { mailAll } from './alert-mails.js';
import type { Looked } from './alert-sources.js';
import { type KnownKey, keyOf, loadKeys, saveKey } from './alert-store.js';
import { firingMail, resolvedMail } from './alert-words.js';
import { AlertWriter } from './alert-writer.js';
import type { Fires } from './rules/alert-rule.js';

export interface Evaluation {
  readonly configs: ReadonlyMap<AlertType, AlertConfig>;
  readonly looked: Looked;
  /** The database's time, but in tests. */
  readonly now: Date;
  readonly consoleUrl: string | null;
  readonly log: Logger;
}

/** Judges every key of which something fires or is known, and writes what becomes of it, with its mails and events, in the caller's commit. */
export async function evaluate(client: ClientBase, evaluation: Evaluation): Promise<void> {
  const { configs, looked } = evaluation;
  const known = await loadKeys(client);
  const fires = new Map<string, Fires>();
  for (const [alertType, all] of looked) {
    for (const one of all) {
      const key = keyOf(alertType, one.subject);
      fires.set(key, one);
      if (!known.has(key)) {
        known.set(key, { alertType, subject: one.subject, state: nothingKnown, openId: null, toldId: null });
      }
    }
  }
  for (const [name, key] of [...known].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const config = configs.get(key.alertType);
    const isOff = config?.enabled !== true;
    // What could not be looked at stays as it is.
    if (!isOff && !looked.has(key.alertType)) continue;
    await new KeyEvaluation(client, evaluation, key, config).run(isOff ? 'OFF' : (fires.get(name) ?? null));
  }
}

class KeyEvaluation {
  readonly #writer: AlertWriter;

  constructor(
    private readonly client: ClientBase,
    private readonly evaluation: Evaluation,
    private readonly key: KnownKey,
    private readonly config: AlertConfig | undefined,
  ) {
    this.#writer = new AlertWriter(client, evaluation.now);
  }

  async run(firing: Fires | null | 'OFF'): Promise<void> {
    const { client, evaluation, key } = this;
    const nowMs = evaluation.now.getTime();
    const { severity = 'WARNING', cooldownMs = 0 } = this.config ?? {};
    const judged = judgeKey(key.state, firing, { severity, cooldownMs }, nowMs);
    const { state } = judged;
    const openId =
      firing === null || firing === 'OFF' ? await this.#quiet(judged, firing) : await this.#fire(judged, firing);
    const toldId = judged.acts.includes('MAIL') ? openId : key.toldId;
    // Mostly nothing of it changes.
    if (JSON.stringify(state) !== JSON.stringify(key.state) || (state.open === null && key.openId === null)) {
      await saveKey(client, { ...key, state, openId: state.open && openId, toldId }, cooldownMs, nowMs);
    }
  }

  async #fire({ state, acts }: Judged, fires: Fires): Promise<string> {
    const { key, config } = this;
    const open = state.open as NonNullable<typeof state.open>;
    const { threshold, severity } = config as AlertConfig;
    const alert = { type: key.alertType, fires, severity, threshold, recipients: [] as readonly string[] };
    let alertId = key.openId;
    if (alertId === null) {
      alert.recipients = await recipientsOf(this.client, config as AlertConfig);
      alertId = await this.#writer.raise(alert);
      if (open.acknowledged) await this.#writer.acknowledgeAgain(alertId, open.acknowledged);
    } else {
      await this.#writer.update(alertId, alert, open);
      if (acts.includes('ESCALATE')) await this.#writer.record(alertId, 'ESCALATED');
      if (acts.includes('WORSEN')) await this.#writer.worsen(alertId);
    }
    if (acts.includes('MAIL')) await this.#mailFiring(alertId);
    return alertId;
  }

  async #quiet({ state, acts }: Judged, firing: null | 'OFF'): Promise<string | null> {
    const { openId, toldId } = this.key;
    if (openId !== null && acts.includes('RESOLVE')) {
      await this.#writer.resolve(openId, firing === 'OFF' ? 'alerts of this type were switched off' : null);
    } else if (openId !== null && state.open?.quietSinceMs) {
      await this.#writer.quiet(openId, state.open.quietSinceMs);
    }
    if (acts.includes('MAIL_RESOLVED') && toldId !== null) await this.#mailResolved(toldId);
    return openId;
  }

  async #mailFiring(alertId: string): Promise<void> {
    const { client, evaluation, config } = this;
    const recipients = await recipientsOf(client, config as AlertConfig);
    const alert = await this.#writer.find(alertId);
    const number = await this.#writer.nextNotification(alertId);
    if (!alert) return;
    const words = firingMail(alert, evaluation.consoleUrl);
    const keys = await mailAll(client, `alert ${alertId} ${number}`, recipients, words, evaluation.log);
    await this.#writer.told(alertId, keys, recipients);
    if (keys.length === 0) {
      evaluation.log.warn(
        { alertId, alertType: alert.type },
        'an alert has nobody to be mailed to: give its type recipients',
      );
    }
  }

  /** About the last alert of the key that is over: it may have fired again without a mail. */
  async #mailResolved(toldId: string): Promise<void> {
    const { client, evaluation, config } = this;
    const alert = await this.#writer.find(toldId);
    if (!alert || !config) return;
    const recipients = await recipientsOf(client, config);
    const words = resolvedMail(alert, evaluation.consoleUrl);
    await mailAll(client, `alert ${toldId} resolved`, recipients, words, evaluation.log);
    await this.#writer.record(toldId, 'RESOLVED_NOTIFIED');
  }
}
