import type { PoolClient } from 'pg';
import { mailIdOf } from './mail-id-of.js';
import { reviveMail } from './mail-rows.js';

/** A dead letter of a mail: its row says what is to be sent, and that it lies with the dead letters. */
export async function reviveMailOf(client: PoolClient, payload: Buffer): Promise<boolean> {
  let body: unknown;
  try {
    body = JSON.parse(payload.toString('utf8'));
  } catch {
    return false;
  }
  const mailId = mailIdOf(body);
  return mailId !== null && reviveMail(client, mailId);
}
