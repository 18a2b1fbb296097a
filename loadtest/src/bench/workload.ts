import { hash, randomUUID } from 'node:crypto';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';

export const workloads = ['uniform', 'merchant', 'pair'] as const;
export type Workload = (typeof workloads)[number];

export const workloadTexts: Record<Workload, string> = {
  uniform: 'from any of 100,000 wallets to any other',
  merchant: '80 % of the payments go to one wallet',
  pair: 'all payments go from one wallet to one other',
};

export const walletCount = 100_000;
export const currency = 'EUR';
/** Ten-thousandths. */
export const paymentAmount = 1_0000n;
/** What each wallet has at first: more than any run can spend. */
export const seedAmount = 100_000_000_0000n;
const merchantShare = 0.8;

export interface BenchPayment {
  sender: string;
  receiver: string;
  idempotencyKey: string;
}

/** The same ids in every process and run. */
export function walletIds(): string[] {
  return Array.from({ length: walletCount }, (_, i) => walletId(`wallet ${i}`));
}

/** Funding wallets by partition: ids tried until they hash there. */
export function fundingWalletIds(partitionCount: number): string[] {
  const ids: string[] = new Array(partitionCount).fill('');
  for (let i = 0, missing = partitionCount; missing > 0; i++) {
    const id = walletId(`funding ${i}`);
    const partition = partitionOf(id, partitionCount);
    if (ids[partition] === '') {
      ids[partition] = id;
      missing -= 1;
    }
  }
  return ids;
}

export function paymentSource(workload: Workload, wallets: string[]): () => BenchPayment {
  const [first, second] = wallets as [string, string];
  const any = () => wallets[Math.floor(Math.random() * wallets.length)] as string;
  return () => {
    let sender = first;
    let receiver = second;
    if (workload !== 'pair') {
      receiver = workload === 'merchant' && Math.random() < merchantShare ? first : any();
      do sender = any();
      while (sender === receiver);
    }
    return { sender, receiver, idempotencyKey: randomUUID() };
  };
}

export function walletId(name: string): string {
  const hex = hash('sha256', name, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
