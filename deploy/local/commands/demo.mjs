// @ts-check
import { existsSync } from 'node:fs';
import { readStatus, readSteering, writeSteering } from '../demo/demo-steering.mjs';
import { demoStatusFile, demoSteeringFile } from '../machine/paths.mjs';
import { cyan, dim, green, LaunchError, yellow } from '../machine/terminal.mjs';
import { runningPlatform, wallboardAddress } from '../platform/running-platform.mjs';
import { demoOptions } from './demo-options.mjs';

const FOLLOW_TIMEOUT_MS = 5_000;
const POLL_MS = 50;
/** `--kill engine`. */
const ANY_ENGINE = 'engine';
/** It writes its status each second. */
const STATUS_AGE_MAX_MS = 5_000;

/**
 * Steers the demo traffic of the running platform, and kills its processes.
 * @param {string[]} args
 */
export async function run(args) {
  const { kill, ...steering } = demoOptions(args);
  const platform = runningPlatform();
  const steers = Object.keys(steering).length > 0;
  if (steers) await steer(platform, steering);
  if (kill !== undefined) await killAndWatch(platform, kill);
  if (!steers && kill === undefined) show(platform);
  return 0;
}

/**
 * @param {import('../platform/running-platform.mjs').RunningPlatform} platform
 * @param {Partial<import('../demo/demo-steering.mjs').Steering>} change
 */
async function steer(platform, change) {
  refuseWithoutTraffic(platform);
  const wanted = { ...readSteering(demoSteeringFile), ...change };
  writeSteering(demoSteeringFile, wanted);
  const until = performance.now() + FOLLOW_TIMEOUT_MS;
  while (performance.now() < until) {
    const status = readStatus(demoStatusFile);
    if (status?.rate === wanted.rate && status.failurePercent === wanted.failurePercent) {
      console.log(`${green('✓')} Demo traffic: ${inWords(wanted)}.`);
      console.log(dim(`  Watch it: ${wallboardAddress(platform)}`));
      return;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  console.log(`${yellow('!')} Demo traffic is told, but does not follow yet: ${inWords(wanted)}. Its log says why.`);
}

/** @param {import('../platform/running-platform.mjs').RunningPlatform} platform */
function show(platform) {
  refuseWithoutTraffic(platform);
  const steering = readSteering(demoSteeringFile);
  console.log(`  Demo traffic: ${inWords(steering)}.`);
  const status = readStatus(demoStatusFile);
  if (!status || Date.now() - status.atMs > STATUS_AGE_MAX_MS) {
    console.log(`${yellow('!')} It has not begun, or has just been restarted.`);
  } else {
    const { succeeded, refused, askedAgain, heldBack, open } = status;
    const lately = [
      `${perSecond(succeeded)} done`,
      `${perSecond(refused)} refused`,
      ...(askedAgain > 0 ? [`${perSecond(askedAgain)} asked again (503, 504, no answer)`] : []),
      ...(heldBack > 0 ? [`${perSecond(heldBack)} held back, because ${open} have no answer yet`] : []),
    ];
    console.log(`  Per second, lately: ${lately.join(', ')}.`);
  }
  const names = platform.processes.map(({ name }) => name).sort();
  console.log(`
  npm run demo -- --rate 500 --failures 2%   more of it, and more that is refused
  npm run demo -- --kill engine              kill the engine that owns the most partitions, or one of ${names.join(', ')}
  Watch it: ${cyan(wallboardAddress(platform))}`);
}

/** @param {import('../platform/running-platform.mjs').RunningPlatform} platform */
function refuseWithoutTraffic({ processes }) {
  if (processes.some(({ name }) => name === 'demo') || existsSync(demoStatusFile)) return;
  throw new LaunchError('Smart Wallet runs without demo traffic. Start it again without --no-demo.');
}

/**
 * @param {import('../platform/running-platform.mjs').RunningPlatform} platform
 * @param {string} asked `engine`: the one that owns the most partitions
 */
async function killAndWatch(platform, asked) {
  // Here, and not at the top: it stands on a package, and without a running platform none may be installed.
  const { killProcess, waitForRestart, watchPartitions } = await import('../programs/process-kill.mjs');
  const isEngine = /^engine(-|$)/.test(asked);
  const partitions = isEngine ? await watchPartitions(platform.databaseUrl) : null;
  try {
    const name = (asked === ANY_ENGINE && (await partitions?.mainOwner())) || asked;
    const held = (await partitions?.heldBy(name)) ?? [];
    const epochs = await partitions?.epochs(held);
    const startedAt = performance.now();
    const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    const pid = killProcess(name, platform.processes);
    console.log(`${green('✓')} Killed ${name} (pid ${pid})${isEngine ? `, ${roleOf(held.length)}` : ''}.`);
    console.log(`  ${whatToWatch(name, held.length)}\n  ${cyan(wallboardAddress(platform))}\n`);

    const restarted = waitForRestart(name, pid).then((newPid) =>
      newPid === null
        ? console.log(`${yellow('!')} ${name} stays down (npm start -- --no-restart leaves it so).`)
        : console.log(`${green('✓')} ${name} runs again after ${seconds()} (pid ${newPid}).`),
    );
    if (partitions && epochs && held.length > 0) {
      const taken = await partitions.takenOver(epochs);
      if (!taken) console.log(`${yellow('!')} Not all its partitions have a new owner after ${seconds()}.`);
      else {
        const owners = [...taken].sort().map(([engine, count]) => `${count} by ${engine}`);
        console.log(`${green('✓')} Its partitions were taken over after ${seconds()}: ${owners.join(', ')}.`);
      }
    }
    await restarted;
  } finally {
    await partitions?.close();
  }
}

/** @param {number} held */
function roleOf(held) {
  return held === 0 ? 'which stood by' : `the owner of ${held} partitions`;
}

/** @param {string} name @param {number} held partitions */
function whatToWatch(name, held) {
  if (name.startsWith('engine-') && held === 0)
    return 'On the wallboard nothing moves: it owned no partition. npm run demo -- --kill engine kills the one that does.';
  if (name.startsWith('engine-'))
    return 'On the wallboard its partitions lose their owner, and find new ones in about a second.';
  if (name.startsWith('gateway')) return 'The wallboard goes on at another gateway, or says that it has no data.';
  if (name === 'demo') return 'On the wallboard the payments stop for a moment.';
  if (name === 'postgres') return 'On the wallboard payments stop until Postgres is back; none is lost or doubled.';
  if (name === 'nats') return 'On the wallboard payments stop until NATS is back.';
  if (name.startsWith('workers')) return 'On the wallboard payments go on: events, alerts and mail come later.';
  if (name === 'mail') return 'On the wallboard payments go on: mail is sent again until the inbox is back.';
  if (name === 'rabbitmq')
    return 'On the wallboard payments go on: events, alerts and mail wait until RabbitMQ is back.';
  return 'On the wallboard payments go on: without Redis nothing changes its owner.';
}

/** @param {import('../demo/demo-steering.mjs').Steering} steering */
function inWords({ rate, failurePercent }) {
  return rate === 0 ? 'paused' : `${rate} payments/s, ${failurePercent} % of them refused`;
}

/** @param {number} value */
function perSecond(value) {
  return value.toFixed(value < 10 ? 1 : 0);
}
