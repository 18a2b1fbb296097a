import type { Mode } from '../reconciliation/plan.js';
import { reconcile } from './reconcile.js';

/** One run in a process of its own, whose memory can be watched: `node reconcile-main.js URL MODE` tells what came of it. */
const [, , url, mode] = process.argv as [string, string, string, Mode];
const { findings, ...counts } = await reconcile(url, mode);
process.stdout.write(`${JSON.stringify({ ...counts, findings: findings.slice(0, 5) })}\n`);
