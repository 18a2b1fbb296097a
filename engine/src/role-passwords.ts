import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const attemptsMax = 10;
const retryMs = 100;
/** Another change of the same role at the same moment ("tuple concurrently updated"). */
const internalError = 'XX000';

/**
 * Gives login roles their passwords, as somebody who may. Migrations make the roles without: each installation has its own. A role
 * that is not there is passed over: the schema of an older version has no such program.
 * @param passwords by role
 */
export async function setRolePasswords(
  databaseUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the query that waits is rejected
  try {
    await client.connect();
    const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)', [
      Object.keys(passwords),
    ]);
    for (const { rolname } of rows) {
      const verifier = scramVerifier(passwords[rolname] as string);
      await alterRole(
        client,
        `ALTER ROLE ${client.escapeIdentifier(rolname)} PASSWORD ${client.escapeLiteral(verifier)}`,
      );
    }
  } finally {
    await client.end().catch(() => {});
  }
}

async function alterRole(client: pg.Client, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      if ((error as pg.DatabaseError).code !== internalError || attempt === attemptsMax) throw error;
      await sleep(retryMs);
    }
  }
}

/** What Postgres keeps of a password (RFC 5803). Made here, so that the password itself comes into no log of the server. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const iterations = 4_096;
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
