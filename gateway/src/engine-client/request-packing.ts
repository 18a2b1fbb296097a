import { requestBytesMax, requestPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { traceparentOf } from '../tracing/traces.js';
import { type Call, isOpen } from './call.js';

/** Of a request besides its commands and their times, at most. */
const requestFrameBytes = 120;
/** Of a traceparent in its quotes, with a comma; of those not traced beside it `null` takes less than the eight that each has. */
const traceBytes = 64;

interface PackedRequest {
  readonly taken: Call[];
  /** Out of time. */
  readonly late: Call[];
  /** `msLeft`, `commands` and, where any is traced, `traces` of the request, as JSON. */
  readonly fields: string;
  /** Of the whole request in UTF-8, at most. */
  readonly bytes: number;
  /** The index of the first call that did not fit. */
  readonly next: number;
}

/** As many of the calls as fit one request, in order. */
export function packRequest(calls: readonly Call[], from: number, now: number): PackedRequest {
  const taken: Call[] = [];
  const late: Call[] = [];
  let msLeft = '';
  let commands = '';
  let bytes = requestFrameBytes;
  let payments = 0;
  let anyTraced = false;
  let next = from;
  for (; next < calls.length; next++) {
    const call = calls[next] as Call;
    if (!isOpen(call)) continue;
    const left = Math.floor(call.deadlineAtMs - now);
    if (left <= 0) {
      late.push(call);
      continue;
    }
    const callBytes = call.bytes + 8 + (call.span === null ? 0 : traceBytes);
    const fits = bytes + callBytes <= requestBytesMax && payments + call.payments <= requestPaymentsMax;
    if (taken.length > 0 && !fits) break;
    bytes += callBytes;
    if (call.span !== null) anyTraced = true;
    payments += call.payments;
    msLeft += taken.length === 0 ? left : `,${left}`;
    commands += taken.length === 0 ? call.encoded : `,${call.encoded}`;
    taken.push(call);
  }
  const traces = anyTraced ? `,"traces":${tracesOf(taken)}` : '';
  return { taken, late, fields: `"msLeft":[${msLeft}],"commands":[${commands}]${traces}`, bytes, next };
}

/** By place; null: that one is not traced. Engines of before look at no such field. */
function tracesOf(taken: readonly Call[]): string {
  return JSON.stringify(taken.map(({ span }) => span && traceparentOf(span)));
}
