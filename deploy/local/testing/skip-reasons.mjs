/** Tells, before the summary, which tests did not run and why: their own words, once for all that have the same. */
export class SkipReasons {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    /** @type {Map<string, string[]>} */
    const byReason = new Map();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        // Those that a name on the command line leaves out have none.
        if (result.state !== 'skipped' || !result.note) continue;
        byReason.set(result.note, [...(byReason.get(result.note) ?? []), test.fullName]);
      }
    }
    for (const [reason, names] of byReason) {
      console.log(`\nNot run: ${reason}`);
      for (const name of names) console.log(`  - ${name}`);
    }
  }
}
