import { caseNames, caseTexts } from '../cases.js';
import { explained } from '../report.js';
import { workloads, workloadTexts } from '../workload.js';

export const usage = `Measures payments per second on a throw-away stack of its own.

usage: npm run bench -- [options]

  --only CASES       of ${caseNames.join(',')} (all)
  --workload NAMES   of ${workloads.join(',')} (all; with --against: uniform)
  --rounds N         rounds; a figure is the median of its rounds (5)
  --seconds N        measured seconds a case and round, after a warm-up (4; with --against 2, with --grown 3)
  --quick            one short round of uniform payments: about a minute, and rough (with --against: two pairs)
  --json FILE        write the figures as JSON
  --help

Instead of that
  --against FOLDER   compare this build with another, case by case, by turns: what each costs, as a ratio
  --grown COUNT      compare a ledger of so many payments (10m, 100k) with an empty one, and read its lists: at 10m minutes, and 13 GB of disk
  --pairs N          how often each case is measured on both; a ratio is the median of its pairs (6; with --grown 4)
  --as-service       with --against: ask this build with a service's token of an identity provider (RS256), the other one with the development token
  --board            measure the wallboard: from a commit to the screen, and what the live stream costs
  --relay            measure what publishing events costs: the relay's CPU against that of the payments
  --keys MILLIONS    measure what idempotency keys cost beside so many others, as 0,10,30: minutes, and 0.15 GB of disk a million

Cases
${explained(caseTexts)}

Workloads
${explained(workloadTexts)}

Every case commits durably (checked), with random idempotency keys, from a fresh copy of the same seeded database.
Whatever happened is audited after every round (of a ledger of over 300,000 payments only balances and totals: --grown).

Another build is a checkout of this project with its own node_modules, built there; for an earlier commit:
  git worktree add ../before COMMIT && cd ../before && npm ci && npm run build
Both run on the same servers, driver and Node, each with its own programs, schema and audit.`;
