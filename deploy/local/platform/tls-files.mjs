// @ts-check
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A certificate for the servers of a stack, and whose it is.
 * @typedef {ReturnType<typeof tlsFiles>} TlsFiles
 */

/**
 * @param {{ host: string, caFile: string, certFile: string, keyFile: string }} files `host`: the name in the certificate
 */
export function tlsFiles({ host, caFile, certFile, keyFile }) {
  return {
    host,
    caFile,
    /** The CA's certificate itself. */
    ca: readFileSync(caFile, 'utf8'),
    /** Where a server, also one in a container, finds them. @param {string} dataDir @returns {{ cert: string, key: string }} */
    copyTo(dataDir) {
      copyFileSync(certFile, join(dataDir, 'server.crt'));
      copyFileSync(keyFile, join(dataDir, 'server.key')); // with its mode
      return { cert: 'server.crt', key: 'server.key' };
    },
  };
}
