import { PrivateAddressError } from './public-addresses.js';

export const errorCharsMax = 300;

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  ETIMEDOUT: 'no connection could be made in time',
  EHOSTUNREACH: 'there is no way to its address',
  ENETUNREACH: 'there is no way to its address',
  ENOTFOUND: 'its name is not known',
  ENODATA: 'its name has no address',
  ESERVFAIL: 'its name server failed',
  ETIMEOUT: 'its name server did not answer',
  ECANCELLED: 'its name server did not answer',
  HPE_HEADER_OVERFLOW: 'the head of its answer is too long',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why an endpoint was not reached, in a line for whoever runs it. It holds nothing that the endpoint has written. */
export function failureInWords(error: unknown): string {
  if (error instanceof PrivateAddressError) return `not called: ${error.message}`;
  if (!(error instanceof Error)) return 'the call failed';
  // All addresses of a name were tried: the first one's failure stands for all.
  const [first] = error instanceof AggregateError ? error.errors : [];
  if (first !== undefined) return failureInWords(first);
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error.message.slice(0, errorCharsMax);
  const known = words[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return `its answer is not HTTP (${code})`;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return `no TLS connection could be made (${code})`;
  return `the call failed (${code})`.slice(0, errorCharsMax);
}
