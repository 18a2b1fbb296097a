import { statfsSync } from 'node:fs';

/** With indexes, and the log that is written meanwhile (of which Postgres keeps 4 GB at most). */
const bytesPerPayment = 750;
const logBytesMax = 5e9;
/** Of two slow cores. */
const paymentsPerSecond = 35_000;

/** What filling takes, told before it begins. */
export interface FillEstimate {
  bytes: number;
  seconds: number;
}

export function fillEstimate(payments: number): FillEstimate {
  const bytes = payments * bytesPerPayment;
  return { bytes: bytes + Math.min(bytes, logBytesMax), seconds: payments / paymentsPerSecond };
}

/** Throws where there is no room. */
export function assertRoom(folder: string, { bytes }: FillEstimate): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes)
    throw new Error(
      `${folder} has ${gigabytes(bavail * bsize)} left: filling the ledger takes up to ${gigabytes(bytes)}`,
    );
}

export function estimateText({ bytes, seconds }: FillEstimate): string {
  const time = seconds < 90 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} minutes`;
  return `up to ${gigabytes(bytes)} of disk, and about ${time}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
