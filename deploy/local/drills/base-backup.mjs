// @ts-check
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withClient } from '../servers/postgres-client.mjs';

/*
 * Backups of a Postgres as its manual describes them, with nothing but its own functions: each finished segment of the log
 * is copied into an archive, and a base backup copies the data folder while payments go on. (A production platform uses
 * what does the same with care for its storage: pgBackRest, Barman, CloudNativePG.)
 */

/** Not copied: of the running server, or made anew at its start. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'pg_stat_tmp', 'pg_notify']);

/**
 * Has the log archived from the server's next start on.
 * @param {string} databaseUrl as superuser
 * @param {string} archive a folder that the server may write
 */
export async function archiveLog(databaseUrl, archive) {
  await withClient(databaseUrl, async (client) => {
    await client.query(`ALTER SYSTEM SET archive_mode = 'on'`);
    // Never over a segment that is there: Postgres asks again after a failure.
    await client.query(`ALTER SYSTEM SET archive_command = 'test ! -f ${archive}/%f && cp %p ${archive}/%f'`);
  });
}

/**
 * Copies the data folder of a running server.
 * @param {{ databaseUrl: string, dataDir: string, backup: string }} options `backup`: a new folder
 */
export async function takeBaseBackup({ databaseUrl, dataDir, backup }) {
  const data = realpathSync(dataDir);
  await withClient(databaseUrl, async (client) => {
    await client.query(`SELECT pg_backup_start('base', true)`);
    mkdirSync(backup, { mode: 0o700 });
    for (const name of readdirSync(data))
      if (!LEFT_OUT.has(name))
        cpSync(join(data, name), join(backup, name), { recursive: true, verbatimSymlinks: true });
    for (const name of ['pg_wal', 'pg_wal/archive_status', 'pg_replslot', 'pg_stat_tmp', 'pg_notify'])
      mkdirSync(join(backup, name), { mode: 0o700 });
    const { rows } = await client.query('SELECT labelfile, spcmapfile FROM pg_backup_stop(true)');
    writeFileSync(join(backup, 'backup_label'), rows[0].labelfile);
    if (rows[0].spcmapfile) writeFileSync(join(backup, 'tablespace_map'), rows[0].spcmapfile);
  });
}

/**
 * Lays a base backup where a server will start on it, and has that server replay the archived log up to a moment first.
 * Nobody can connect before it is there.
 * @param {{ backup: string, archive: string, dataDir: string, moment: string }} options `moment`: Postgres' own writing
 */
export function layForRecovery({ backup, archive, dataDir, moment }) {
  const { uid, gid } = statSync(archive);
  cpSync(backup, dataDir, { recursive: true, verbatimSymlinks: true });
  chmodSync(dataDir, 0o700);
  writeFileSync(join(dataDir, 'recovery.signal'), '');
  writeFileSync(
    join(dataDir, 'postgresql.auto.conf'),
    [
      `restore_command = 'cp ${archive}/%f %p'`,
      `recovery_target_time = '${moment}'`,
      `recovery_target_action = 'promote'`,
      `hot_standby = 'off'`,
      '',
    ].join('\n'),
  );
  chownAll(dataDir, uid, gid);
}

/** @param {string} path @param {number} uid @param {number} gid */
function chownAll(path, uid, gid) {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) chownAll(child, uid, gid);
    else chownSync(child, uid, gid);
  }
}
