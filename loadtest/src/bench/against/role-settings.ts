import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';

/** What every session of a role begins with. */
export interface RoleSetting {
  role: string;
  name: string;
  value: string;
}

/**
 * Migrations give the platform's roles settings, which belong to the whole server: one build would run with the other's. So
 * they are taken from the roles, to be given to them in the build's own databases.
 */
export async function takeRoleSettings(adminUrl: string): Promise<RoleSetting[]> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<RoleSetting>(
      `SELECT r.rolname AS role, split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
         FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN unnest(s.setconfig) AS setting
        WHERE s.setdatabase = 0 AND r.rolname LIKE 'wallet\\_%'`,
    );
    for (const role of new Set(rows.map((row) => row.role)))
      await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} RESET ALL`);
    return rows;
  });
}

/** In this database alone. */
export async function giveRoleSettings(databaseUrl: string, settings: readonly RoleSetting[]): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const database = client.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
    for (const { role, name, value } of settings)
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(role)} IN DATABASE ${database}
           SET ${client.escapeIdentifier(name)} = ${client.escapeLiteral(value)}`,
      );
  });
}
