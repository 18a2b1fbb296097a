import type { Target } from '../targets.js';
import type { CaseRatio } from './pair-ratios.js';

/**
 * What this build is to be to one of before the commands of a payment were gathered. Of what was measured only. To other
 * builds they are a yardstick.
 */
export function againstTargets(ratios: readonly CaseRatio[]): Target[] {
  const http = (connections: number) =>
    ratios.find((each) => each.case === 'http' && each.workload === 'uniform' && each.connections === connections);
  const targets: Target[] = [];
  const [lone, few, many] = [http(1), http(16), http(64)];
  if (few) {
    const value = few.paymentsPerSecond.median;
    targets.push({ name: 'http, 16 connections: payments/s', value, bound: 1.4, at: 'least' });
  }
  if (many?.cpuPerPayment) {
    const value = many.cpuPerPayment.median;
    targets.push({ name: 'http, 64 connections: CPU a payment', value, bound: 0.6, at: 'most' });
  }
  if (lone) {
    const value = lone.p50MoreMs.median;
    targets.push({ name: 'http, a lone client: p50, this less other', value, bound: 0.3, at: 'most', unit: 'ms' });
  }
  return targets;
}
