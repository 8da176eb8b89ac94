import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { createPrng, type Prng } from '@isotherm/testkit';
import { type PlatformProcess, startPlatformProcess } from 'isotherm/testing';
import { compareBounds } from './compare-bounds.ts';
import { createResultComparison, type ResultComparison } from './compare-results.ts';
import type { CrashOptions } from './crash-options.ts';
import { addDifferences, type Differences, isClean, noDifferences } from './differences.ts';
import { type OutsideLedger, openOutsideLedger } from './outside-ledger.ts';
import { patiently } from './patiently.ts';
import { PHASES, type Phase, readOpenPhases, untilPhase } from './phases.ts';
import { type Producers, startProducers } from './producers.ts';
import { type Relay, startRelay } from './relay.ts';
import { createWorkload, type Workload } from './workload.ts';

/** A kill and what followed. */
export interface CrashCycle {
  readonly cycle: number;
  /** What the kill interrupted. */
  readonly phases: ReadonlySet<Phase>;
  /** Time under load before the kill, in ms. */
  readonly loadMs: number;
  /** Observations acked during that time. */
  readonly ackedObservations: number;
  /** From the restart to answering, in ms. */
  readonly restartMs: number;
  /** What comparing took, resending included, in ms. */
  readonly compareMs: number;
  /** Batches that were not acked when the kill came. */
  readonly unacked: number;
  /** Observations sent again that were kept before the kill, and therefore skipped: since the first cycle. */
  readonly skipped: number;
  readonly differences: Differences;
}

/** All cycles together. */
export interface CrashReport {
  readonly cycles: readonly CrashCycle[];
  /** Observations sent, acked and accepted, each counted once. */
  readonly observations: number;
  readonly differences: Differences;
  /** What was kept for looking at, after a difference. */
  readonly directory: string | undefined;
}

const PRODUCERS = 4;
/** Random time under load beyond the least, in ms. */
const SPREAD_MS = 1000;
/** How long answers are held back before a kill at most, in ms: what is kept by then and not acked is sent again. */
const HOLD_MS = 150;
/** Longest wait for the phase that a kill aims at, in ms. */
const AIM_MS = 1500;

/** Kills the platform again and again under load and compares what it has with the ledger outside. */
export async function runCrashes(options: CrashOptions, onCycle: (cycle: CrashCycle) => void): Promise<CrashReport> {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-crash-'));
  const workload = createWorkload({ cities: options.cities, producers: PRODUCERS, nowMs: Date.now() });
  const prng = createPrng(options.seed);
  const ledger = openOutsideLedger(join(directory, 'ledger'), PRODUCERS);
  const relay = await startRelay();
  const producers = startProducers({ workload, ledger, target: relay.address }, { rate: options.rate });
  const comparing = prng.fork();
  const run: Run = {
    options,
    directory,
    workload,
    ledger,
    relay,
    producers,
    kills: prng.fork(),
    results: createResultComparison(workload, { random: () => comparing.float(), raw: options.raw }),
  };
  const cycles: CrashCycle[] = [];
  const differences = noDifferences();
  try {
    let platform = await start(run, 0);
    try {
      for (let cycle = 1; cycle <= options.cycles; cycle++) {
        const killed = await killUnderLoad(run, platform, cycle - 1);
        const startedMs = performance.now();
        platform = await start(run, cycle);
        const restartMs = performance.now() - startedMs;
        const compareAll = cycle % options.compareEvery === 0 || cycle === options.cycles;
        const found = await settleAndCompare(run, platform, compareAll);
        addDifferences(differences, found.differences);
        const compareMs = performance.now() - startedMs - restartMs;
        const done = { cycle, ...killed, restartMs, compareMs, ...found };
        cycles.push(done);
        onCycle(done);
        if (!isClean(found.differences)) break;
      }
    } finally {
      relay.shut();
      await platform.end('SIGKILL');
    }
  } finally {
    await producers.close().catch(() => undefined);
    await relay.close();
  }
  const { acceptedRows } = ledger.read();
  ledger.close();
  const clean = isClean(differences);
  if (clean) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  return { cycles, observations: acceptedRows, differences, directory: clean ? undefined : directory };
}

/** What all cycles share. */
interface Run {
  readonly options: CrashOptions;
  readonly directory: string;
  readonly workload: Workload;
  readonly ledger: OutsideLedger;
  readonly relay: Relay;
  readonly producers: Producers;
  readonly kills: Prng;
  readonly results: ResultComparison;
}

function start({ options, directory }: Run, cycle: number): Promise<PlatformProcess> {
  return startPlatformProcess({
    dataDirectory: join(directory, 'data'),
    flags: [
      ...['--checkpoint', '1', '--disk-cap', '40GB', '--raw-retention', '1000'],
      ...(options.raw ? [] : ['--no-raw']),
      ...(options.shards === undefined ? [] : ['--shards', String(options.shards)]),
    ],
    env: { ISOTHERM_PHASE_LOG: phaseLogOf(directory, cycle) },
    readyWithinMs: 300_000,
  });
}

function phaseLogOf(directory: string, cycle: number): string {
  return join(directory, `phases-${cycle}`);
}

/**
 * Sends until a random moment; three of four kills then wait for a phase drawn at random. Before every other kill the
 * answers are held back for a moment, so that batches are kept whose acks are lost.
 */
async function killUnderLoad(run: Run, platform: PlatformProcess, phaseLog: number) {
  const { producers, relay, kills, options, directory, ledger } = run;
  const marks = phaseLogOf(directory, phaseLog);
  relay.open(platform.ingestAddress);
  const before = producers.acks;
  producers.resume();
  while (producers.acks === before) await living(platform, producers);
  const startedMs = performance.now();
  const acksAtStart = ledger.read().acceptedRows;
  const untilMs = startedMs + options.leastMs + kills.below(SPREAD_MS);
  const aim = kills.chance(0.75) ? kills.pick(PHASES) : undefined;
  const holdMs = kills.chance(0.5) ? kills.below(HOLD_MS) : 0;
  while (performance.now() < untilMs) await living(platform, producers);
  if (holdMs > 0) {
    relay.holdAnswers();
    await sleep(holdMs);
  }
  if (aim !== undefined) await untilPhase(marks, aim, AIM_MS);
  const ended = platform.end('SIGKILL');
  const loadMs = performance.now() - startedMs;
  relay.shut();
  await ended;
  const phases = readOpenPhases(marks);
  await rm(marks, { force: true });
  const { sent, acked, acceptedRows } = ledger.read();
  return {
    phases,
    loadMs,
    ackedObservations: acceptedRows - acksAtStart,
    unacked: sent.reduce((sum, count, producer) => sum + count - (acked[producer]?.size ?? 0), 0),
  };
}

async function living(platform: PlatformProcess, producers: Producers): Promise<void> {
  if (producers.failure !== undefined) throw producers.failure;
  if (!platform.running) throw new Error(`The platform ended by itself: ${(await platform.end('SIGKILL')).stderr}`);
  await sleep(5);
}

async function settleAndCompare(
  run: Run,
  platform: PlatformProcess,
  all: boolean,
): Promise<{ readonly differences: Differences; readonly skipped: number }> {
  const { workload, ledger, relay, producers } = run;
  const client: IsothermClient = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  try {
    const differences = await compareBounds(client, workload, ledger.read());
    relay.open(platform.ingestAddress);
    await producers.settle();
    if (all) addDifferences(differences, await run.results.compare(client, ledger.read()));
    const { shards } = await patiently(() => client.status());
    const partitions = shards.flatMap((shard) => shard.partitions);
    const skipped = partitions.reduce((sum, { observationsDuplicate }) => sum + observationsDuplicate, 0);
    return { differences, skipped };
  } finally {
    await client.close();
  }
}
