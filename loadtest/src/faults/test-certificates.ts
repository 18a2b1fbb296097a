import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TlsFiles, tlsFiles } from '@smart-wallet/local-stack/tls-files.mjs';

export interface TestCertificates {
  /** A certificate for `localhost` of a CA of its own. */
  tls: TlsFiles;
  /** Another CA's, for no name. */
  other: { certFile: string; keyFile: string };
  /** Another certificate for the servers, of the same CA, in the place of the first. */
  renew(): Promise<void>;
  /** Of the one in place. */
  serial(): string;
  remove(): void;
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** As deploy/SECURITY.md makes them. */
export async function testCertificates(): Promise<TestCertificates> {
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-tls-'));
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const ca = (name: string) =>
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
  await Promise.all([ca('ca'), ca('other')]);
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  const renew = async () => {
    const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    await openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    await openssl('x509', '-req', '-in', 'server.csr', ...issuer, '-out', 'server.crt');
  };
  await renew();
  const file = (name: string) => join(folder, name);
  const [caFile, certFile, keyFile] = [file('ca.crt'), file('server.crt'), file('server.key')];
  return {
    tls: tlsFiles({ host: 'localhost', caFile, certFile, keyFile }),
    other: { certFile: file('other.crt'), keyFile: file('other.key') },
    renew,
    serial: () => new X509Certificate(readFileSync(certFile)).serialNumber,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
