import rules from './environment.json' with { type: 'json' };
import { type ProductionRule, productionProblem } from './production.js';
import { readVariableFile } from './variable-file.js';

/**
 * What every variable of a program may hold, said once: the programs read by it, and the launcher checks and explains by it
 * before anything is built. So the rules are data.
 */
export type VariableName = keyof typeof rules;

/**
 * `optional`: may be left out, and has no default. `emptyIs`: what an empty value stands for, which is refused otherwise. `production`: what more is asked of it there, or that it must not be set there.
 * `emptyFileIsNone`: an empty file leaves it out, for a container that is given a file for each secret that it may have. (Elsewhere it is
 * refused: a file that was cut off must not switch off what it was to set.)
 * `start`: what `npm start -- --help` says of it; it sets the others itself.
 */
type Rule = (
  | { kind: 'url'; schemes: string[] }
  | { kind: 'text'; pattern: string; says: string }
  | { kind: 'choice'; values: string[] }
  | { kind: 'whole'; min: number; max: number }
  | { kind: 'decimal'; above: number; max: number }
) & {
  default?: string;
  emptyIs?: string;
  optional?: boolean;
  emptyFileIsNone?: boolean;
  production?: ProductionRule;
  start?: string;
};

type Value<Name extends VariableName> = (typeof rules)[Name] extends { optional: boolean } | { production: 'absent' }
  ? string | undefined
  : string;

/** What is set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `X` may be kept in a file, which `X_FILE` names: a secret then stands in no list of processes and in no description of a container. */
const fileOf = (name: string) => `${name}_FILE`;

/**
 * The variables that a program asks for, each as it is set, here or in a file, or by default. Throws one Error that names every bad or
 * missing one, without its value: that may be a secret. `further`: what else the program finds wrong with what is set.
 */
export function readVariables<Name extends VariableName>(
  env: Environment,
  names: readonly Name[],
  further: (given: Environment) => readonly string[] = () => [],
): { readonly [N in Name]: Value<N> } {
  const asked = [...new Set<VariableName>(['WALLET_ENV', 'ALLOW_PLAINTEXT', ...names])];
  const { given, unread } = withVariableFiles(env, asked);
  const problems = asked.flatMap((name) => unread.get(name) ?? problemHere(name, given) ?? []);
  problems.push(...further(given));
  if (problems.length > 0) throw new Error(`bad configuration\n  ${problems.join('\n  ')}`);
  const values = names.map((name) => {
    const { default: byDefault, emptyIs } = rules[name] as Rule;
    return [name, (given[name] === '' ? emptyIs : given[name]) ?? byDefault];
  });
  return Object.fromEntries(values) as { [N in Name]: Value<N> };
}

/** Whether it is set, here or in a file. */
export function isSet(env: Environment, name: VariableName): boolean {
  return env[name] !== undefined || env[fileOf(name)] !== undefined;
}

/** What is set, with what stands in files in the place of their names. `unread`: what is wrong with a file, by its variable. */
export function withVariableFiles(
  env: Environment,
  names: readonly VariableName[] = Object.keys(rules) as VariableName[],
): { given: Environment; unread: ReadonlyMap<VariableName, string> } {
  const given: Record<string, string | undefined> = { ...env };
  const unread = new Map<VariableName, string>();
  for (const name of names) {
    const path = env[fileOf(name)];
    if (path === undefined) continue;
    delete given[fileOf(name)];
    try {
      if (env[name] !== undefined) throw new Error(`${name} is set too: set one of them`);
      const value = readVariableFile(path);
      if (value === '' && (rules[name] as Rule).emptyFileIsNone === true) continue;
      given[name] = value;
    } catch (error) {
      unread.set(name, `${fileOf(name)} is ${path}, which is not read: ${(error as Error).message}`);
    }
  }
  return { given, unread };
}

function problemHere(name: VariableName, env: Environment): string | null {
  const { production } = rules[name] as Rule;
  const value = env[name];
  if (env.WALLET_ENV !== 'production' || production === undefined) return variableProblem(name, value);
  // What is asked for there goes first: it tells more than that the value is too short.
  if (production === 'absent') return value === undefined ? null : productionProblem(name, production, value);
  return (
    (value ? null : variableProblem(name, value)) ??
    productionProblem(name, production, value, env.ALLOW_PLAINTEXT === 'on') ??
    variableProblem(name, value)
  );
}

/** Null: fine. An empty value is none of the variable's: `X=` and a number would be 0. */
export function variableProblem(name: VariableName, value: string | undefined): string | null {
  const rule = rules[name] as Rule;
  if (value === undefined) {
    const mayBeMissing = rule.optional === true || rule.default !== undefined;
    return mayBeMissing ? null : `${name} is not set: it must be ${allowed(rule)}`;
  }
  if (value === '') return rule.emptyIs === undefined ? `${name} is empty: it must be ${allowed(rule)}` : null;
  return isAllowed(rule, value) ? null : `${name} must be ${allowed(rule)}`;
}

function isAllowed(rule: Rule, value: string): boolean {
  switch (rule.kind) {
    case 'url':
      return URL.canParse(value) && rule.schemes.includes(new URL(value).protocol.slice(0, -1));
    case 'text':
      return new RegExp(`^(?:${rule.pattern})$`).test(value);
    case 'choice':
      return rule.values.includes(value);
    case 'whole':
      return /^\d{1,9}$/.test(value) && Number(value) >= rule.min && Number(value) <= rule.max;
    case 'decimal':
      return /^\d{1,9}(\.\d{1,9})?$/.test(value) && Number(value) > rule.above && Number(value) <= rule.max;
  }
}

function allowed(rule: Rule): string {
  switch (rule.kind) {
    case 'url':
      return `a URL that begins with ${rule.schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
    case 'text':
      return rule.says;
    case 'choice':
      return `one of ${rule.values.join(', ')}`;
    case 'whole':
      return `a whole number from ${rule.min} to ${rule.max}`;
    case 'decimal':
      return `a decimal number above ${rule.above}, up to ${rule.max}`;
  }
}
