// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary } from '../../machine/binaries.mjs';
import { repoDir } from '../../machine/paths.mjs';
import { LaunchError } from '../../machine/terminal.mjs';

const COMPOSE_FILE = join(repoDir, 'docker-compose.yml');
const COMPOSE_MAJOR_MIN = 2;
const POLL_MS = 100;

/** @typedef {{ id: string, name: string, service: string }} Container */
/** @typedef {{ running: boolean, health: string | null, exitCode: number, startedAt: string, pid: number }} State */

/** What docker-compose.yml makes of some variables, beside whatever else of it runs here. */
export class ComposeStack {
  #docker = dockerWithCompose();
  /** @type {NodeJS.ProcessEnv} */
  #env;

  /** @param {string} project @param {Record<string, string>} variables */
  constructor(project, variables) {
    this.#env = { ...process.env, ...variables, COMPOSE_PROJECT_NAME: project, COMPOSE_FILE };
  }

  /** @param {string[]} args @param {{ input?: string }} [options] @returns {Promise<string>} what it printed */
  compose(args, options) {
    return this.docker(['compose', ...args], options);
  }

  /** Throws when it fails. @param {string[]} args @param {{ input?: string }} [options] @returns {Promise<string>} what it printed */
  async docker(args, options) {
    return (await this.run(this.#docker, args, options)).output;
  }

  /** @param {string} command @param {string[]} args @param {{ input?: string }} [options] */
  async run(command, args, { input } = {}) {
    const child = spawn(command, args, { cwd: repoDir, env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => {}); // it ended before it had read all: its exit code says so
    child.stdin.end(input ?? '');
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (code !== 0) {
      const said = `${output}${errors}`.trim().split('\n').slice(-15).join('\n');
      throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said}`);
    }
    return { output, errors };
  }

  /** Those of a service, or all, jobs that have ended too. @param {string} [service] @returns {Promise<Container[]>} */
  async containers(service) {
    const lines = await this.compose(['ps', '--all', '--format', 'json', ...(service ? [service] : [])]);
    // One object a line, or, of older versions, a list.
    const rows = lines.trim().startsWith('[')
      ? JSON.parse(lines)
      : lines
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line));
    return rows.map((/** @type {{ ID: string, Name: string, Service: string }} */ { ID, Name, Service }) => ({
      ...{ id: ID, name: Name, service: Service },
    }));
  }

  /** @param {string} id @returns {Promise<State>} */
  async state(id) {
    const { State } = JSON.parse(await this.docker(['inspect', '--format', '{{json .}}', id]));
    const { Running: running, Health, ExitCode: exitCode, StartedAt: startedAt, Pid: pid } = State;
    return { running, health: Health?.Status ?? null, exitCode, startedAt, pid };
  }

  /**
   * Kills the programs of a container as the kernel does when memory runs out: from outside, without a word. (After `docker kill` Docker
   * takes it that somebody wants the container to stay away.)
   * @param {string} id
   * @param {string} image one with Node
   */
  async crash(id, image) {
    const { pid } = await this.state(id);
    const killer = ['run', '--rm', '--pid', 'host', '--user', '0:0', '--cap-add', 'KILL', '--network', 'none'];
    await this.docker([...killer, '--entrypoint', 'node', image, '-e', `process.kill(${pid}, 'SIGKILL')`]);
  }

  /** Until the container runs anew and is healthy. @param {string} id @param {string} startedBefore @param {number} timeoutMs */
  async backAgain(id, startedBefore, timeoutMs) {
    for (const until = performance.now() + timeoutMs; ; ) {
      const { running, health, startedAt } = await this.state(id);
      if (running && startedAt !== startedBefore && health === 'healthy') return;
      if (performance.now() > until) throw new Error(`the container ${id} is not back after ${timeoutMs / 1_000} s`);
      await sleep(POLL_MS);
    }
  }
}

/** The path of a docker that has Compose and a daemon that answers. */
function dockerWithCompose() {
  const docker = findBinary('docker');
  if (!docker) throw new LaunchError(howToInstall('Docker is not on the PATH'));
  const ask = (/** @type {string[]} */ ...args) => spawnSync(docker, args, { encoding: 'utf8', timeout: 20_000 });
  const { status, stdout } = ask('compose', 'version', '--short');
  const version = stdout?.trim().replace(/^v/, '') ?? '';
  if (status !== 0) throw new LaunchError(howToInstall('this Docker has no Compose'));
  if (!(Number.parseInt(version, 10) >= COMPOSE_MAJOR_MIN))
    throw new LaunchError(howToInstall(`its Compose is ${version}`));
  const daemon = ask('version', '--format', '{{.Server.Version}}');
  if (daemon.status !== 0) throw new LaunchError(howToInstall(`no Docker daemon answers: ${daemon.stderr.trim()}`));
  return docker;
}

/** @param {string} problem */
function howToInstall(problem) {
  return [
    `This drill runs docker-compose.yml, and ${problem}. One of these helps:`,
    '  macOS, Windows   Docker Desktop, started: https://docs.docker.com/desktop/',
    '  Linux            Docker Engine with the plugins compose and buildx: https://docs.docker.com/engine/install/',
    '  its daemon       must run, and your user be allowed to ask it: docker version',
  ].join('\n');
}
