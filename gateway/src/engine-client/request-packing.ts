import { requestBytesMax, requestPaymentsMax } from '@smart-wallet/engine/contract/limits.js';
import { type Call, isOpen } from './call.js';

/** Of a request besides its commands and their times, at most. */
const requestFrameBytes = 120;

interface PackedRequest {
  readonly taken: Call[];
  /** Out of time. */
  readonly late: Call[];
  /** `msLeft` and `commands` of the request, as JSON. */
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
  let next = from;
  for (; next < calls.length; next++) {
    const call = calls[next] as Call;
    if (!isOpen(call)) continue;
    const left = Math.floor(call.deadlineAtMs - now);
    if (left <= 0) {
      late.push(call);
      continue;
    }
    const fits = bytes + call.bytes + 8 <= requestBytesMax && payments + call.payments <= requestPaymentsMax;
    if (taken.length > 0 && !fits) break;
    bytes += call.bytes + 8;
    payments += call.payments;
    msLeft += taken.length === 0 ? left : `,${left}`;
    commands += taken.length === 0 ? call.encoded : `,${call.encoded}`;
    taken.push(call);
  }
  return { taken, late, fields: `"msLeft":[${msLeft}],"commands":[${commands}]`, bytes, next };
}
