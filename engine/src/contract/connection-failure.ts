/** Node's words for a certificate whose issuer this program does not know. */
const unknownIssuer = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_SIGNATURE_FAILURE'],
]);
const outOfDate = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const loginRefused = /^28P01$|WRONGPASS|NOAUTH|Authorization Violation|authentication failed|ACCESS[-_]REFUSED/i;
const mayNot = /NOPERM|permission denied|Permissions Violation/i;
/** Of the server: no encryption, no entry. */
const wantsTls = /no encryption|SSL off|connection is insecure|secure connection/i;
const nameUnknown = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const hasNoTls = /^ERR_SSL_|^EPROTO$|does not support (SSL|'tls')/i;

/**
 * What an operator is to do about a connection that did not come about, where that can be told from how it failed; undefined: the
 * failure says it itself, or nobody knows. Shows nothing of the URL but its host and user.
 * @param variable which holds the URL
 */
export function connectionAdvice(failure: unknown, variable: string, url: string): string | undefined {
  const { host, username } = new URL(url);
  for (const { code, message } of causesOf(failure)) {
    const says = (pattern: RegExp) => pattern.test(code) || pattern.test(message);
    if (nameUnknown.has(code)) {
      return `the name of ${host}, the host in ${variable}, does not resolve: look at ${variable}, and at this machine's DNS`;
    }
    if (unknownIssuer.has(code)) {
      const orHere = variable === 'DATABASE_URL' ? ', or sslrootcert in DATABASE_URL,' : '';
      return `the certificate of ${host} is of a CA that this program does not know: set NODE_EXTRA_CA_CERTS${orHere} to the file with that CA's certificate`;
    }
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
      return `the certificate of ${host} is for other names: use one of them in ${variable}, or give that server a certificate with this one`;
    }
    if (outOfDate.has(code)) return `the certificate of ${host} is not valid at this time: renew it, or set the clock`;
    if (says(wantsTls)) return `${host} takes encrypted connections only: ${encryptedForm(variable)}`;
    if (says(hasNoTls)) return `${host} does not speak TLS there: give that server a certificate, or look at its port`;
    if (says(loginRefused)) {
      const who = username === '' ? 'a client without a login' : `the user ${decodeURIComponent(username)}`;
      return `${host} refuses ${who}: look at user and password in ${variable}`;
    }
    if (says(mayNot)) return `the login in ${variable} may not do this: is it that of another program?`;
  }
  return undefined;
}

/** How the URL in this variable asks for an encrypted connection. */
export function encryptedForm(variable: string): string {
  switch (variable) {
    case 'DATABASE_URL':
      return 'add sslmode=verify-full to DATABASE_URL';
    case 'REDIS_URL':
      return 'begin REDIS_URL with rediss://';
    case 'NATS_URL':
      return 'begin NATS_URL with tls://';
    case 'AMQP_URL':
      return 'begin AMQP_URL with amqps://';
    default:
      return `begin ${variable} with https://`;
  }
}

interface Cause {
  code: string;
  message: string;
}

const depthMax = 5;

function causesOf(failure: unknown, depth = 0): Cause[] {
  if (!(failure instanceof Error) || depth > depthMax) return [];
  const { message, cause } = failure;
  const code = String((failure as { code?: unknown }).code ?? '');
  const inner = failure instanceof AggregateError ? failure.errors : [cause];
  return [{ code, message }, ...inner.flatMap((each) => causesOf(each, depth + 1))];
}
