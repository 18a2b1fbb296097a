import type { AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { Logger } from 'pino';
import { type Database, inTransaction } from '../database.js';
import { readConfigs, recipientsOf } from './alert-config.js';
import { mailAll } from './alert-mails.js';
import { testMail } from './alert-words.js';

const testsAtOnce = 10;

/** An alert is SENT once a mail server has taken one of its mails. */
export async function markSent(database: Database): Promise<void> {
  await database.query(
    `UPDATE alerts a SET status = 'SENT', sent_at = m.sent_at, updated_at = clock_timestamp()
       FROM (SELECT p.alert_id, min(m.sent_at) AS sent_at FROM alerts p, mails m
              WHERE p.status = 'PENDING' AND m.mail_key = ANY (p.mail_keys) AND m.status = 'SENT' GROUP BY 1) AS m
      WHERE a.alert_id = m.alert_id AND a.status = 'PENDING'`,
  );
}

/** Mails to the recipients of a type, for whoever asked whether they arrive. */
export async function sendTests(database: Database, log: Logger): Promise<void> {
  const { rowCount } = await database.query('SELECT FROM alert_tests WHERE done_at IS NULL LIMIT 1');
  if (rowCount === 0) return;
  await inTransaction(database, async (client) => {
    const { rows } = await client.query<{ test_id: string; alert_type: AlertType; requested_by: string }>(
      `SELECT test_id, alert_type, requested_by FROM alert_tests WHERE done_at IS NULL
        ORDER BY requested_at LIMIT ${testsAtOnce} FOR UPDATE SKIP LOCKED`,
    );
    const configs = await readConfigs(client);
    for (const { test_id, alert_type, requested_by } of rows) {
      const recipients = await recipientsOf(client, configs.get(alert_type) ?? { recipients: [] });
      await mailAll(client, `alert test ${test_id}`, recipients, testMail(alert_type, requested_by), log);
      await client.query('UPDATE alert_tests SET done_at = clock_timestamp() WHERE test_id = $1', [test_id]);
    }
  });
}
