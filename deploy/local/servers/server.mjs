// @ts-check

/**
 * One kind of server that the platform stands on. A file here says all there is to know about one; `servers.mjs` lists them,
 * and the stack, the doctor and the tests go through that list.
 *
 * @typedef {{
 *   name: string,
 *   title: string,
 *   variable: string,
 *   programs: readonly ProgramName[],
 *   install: InstallableServer | null,
 *   prepare: (place: Place) => ServerProcess | Promise<ServerProcess>,
 *   ping: (url: string) => Promise<void>,
 *   afterStart?: (url: string) => Promise<void>,
 *   check?: () => Finding,
 * }} Server
 *   `name`: of its process, its log and its data folder. `variable`: names a server of somebody else's, to use instead.
 *   `programs`: those that have a login of their own there, which another variable may name (server-variables.mjs).
 *   `install`: null when it comes with the npm packages; `check` is then what the doctor says of it.
 *   `ping`: resolves when the server at that URL takes requests. `afterStart`: once it runs, before anybody uses it.
 *
 * What to look for on the PATH, and what to install or run when it is not there.
 * @typedef {{
 *   binaries: readonly string[],
 *   folders?: readonly string[],
 *   version?: (path: string) => string,
 *   debian: string,
 *   brew: string,
 *   image: string,
 * }} InstallableServer
 *   `folders`: looked into before the PATH. `version`: says which it is, where asking the binary would start it.
 *
 * Where it shall run.
 * @typedef {{
 *   port: number,
 *   dataDir: string,
 *   logFile: string,
 *   runDir: string,
 *   durable: boolean,
 *   natsLogins: boolean,
 *   tls: import('../platform/tls-files.mjs').TlsFiles | undefined,
 *   secrets: import('../platform/secrets.mjs').Secrets,
 *   command: () => import('./packages.mjs').ServerCommand,
 * }} Place
 *   `durable: false` is for throw-away data only; `command` starts what `install` names; `natsLogins: false`: NATS lets everybody in
 *   `tls`: the certificate to show; then nothing is taken that is not encrypted
 *
 * @typedef {'engine' | 'gateway' | 'workers'} ProgramName
 * @typedef {Partial<Record<ProgramName, string>>} ProgramUrls
 * @typedef {{
 *   url: string,
 *   urls?: ProgramUrls,
 *   launch: () => import('../programs/program.mjs').Program | Promise<import('../programs/program.mjs').Program>,
 *   probe: () => Promise<void>,
 *   stopSignal?: NodeJS.Signals,
 *   hurrySignal?: NodeJS.Signals,
 * }} ServerProcess
 *
 *   `url`: for tools and tests. `urls`: with the logins of `programs`.
 *
 * @typedef {{ state: 'good' | 'warning' | 'bad', what: string, advice?: string | undefined }} Finding
 */

export {};
