import type { Socket } from 'node:net';
import { problemAnswer } from './answer.js';
import type { ProblemCode } from './problem-catalogue.js';
import { traceIdFrom } from './trace-id.js';

const codes: Readonly<Record<string, [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive in time.'],
};

/** Answers what Node could not read as HTTP, where no request exists yet, and hangs up. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  hangUp(socket, ...(codes[error.code ?? ''] ?? ['MALFORMED_REQUEST', 'This is not HTTP that can be read.']));
}

/** Node hands a CONNECT over as a bare connection, which it would end without a word. */
export function answerConnect(socket: Socket): void {
  hangUp(socket, 'MALFORMED_REQUEST', 'CONNECT asks for a proxy, which this is not.');
}

function hangUp(socket: Socket, code: ProblemCode, detail: string): void {
  const traceId = traceIdFrom(undefined);
  const { status, body } = problemAnswer({ code, detail }, traceId);
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/problem+json\r\nTrace-Id: ${traceId}\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
