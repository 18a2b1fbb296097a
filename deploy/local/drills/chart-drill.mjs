// @ts-check
import { readFileSync } from 'node:fs';
import {
  chartDir,
  goldenFile,
  manifestsOf,
  renderSet,
  valueSets,
  valuesFile,
  withoutRules,
} from '../chart/rendered-chart.mjs';
import { provideHelm, runHelm } from '../tools/helm.mjs';
import { kubernetesVersions, operatorKinds, provideKubeconform } from '../tools/kubeconform.mjs';
import { provideOperatorModels } from '../tools/operator-models.mjs';

/**
 * Has Helm lint and render the chart, and asks for every manifest whether Kubernetes would take it. Builds what is missing.
 * @param {import('../machine/terminal.mjs').Log} log
 * @returns {Promise<{ wrong: string[], manifests: number }>}
 */
export async function chartDrill(log) {
  const helm = await provideHelm(log);
  const problemsOf = await provideKubeconform(log);
  const problemOf = await provideOperatorModels(log);
  /** @type {string[]} */
  const wrong = [];
  let count = 0;
  for (const set of valueSets) {
    const lint = runHelm(helm, ['lint', '--strict', chartDir, '--values', valuesFile(set)]);
    if (lint.status !== 0) wrong.push(`${set}: helm lint: ${lint.stdout}${lint.stderr}`);
    const rendered = renderSet(helm, set);
    if (withoutRules(rendered) !== readFileSync(goldenFile(set), 'utf8'))
      wrong.push(`${set}: not what is committed. See: npm test -- deploy/local/chart -u`);
    for (const version of kubernetesVersions) {
      const problems = problemsOf(rendered, version);
      if (problems) wrong.push(`${set}, Kubernetes ${version}: ${problems}`);
    }
    const manifests = manifestsOf(rendered);
    count += manifests.length;
    for (const manifest of manifests.filter(({ kind }) => operatorKinds.includes(kind))) {
      const problem = problemOf(manifest);
      if (problem) wrong.push(`${set}: ${problem}`);
    }
  }
  return { wrong, manifests: count };
}
