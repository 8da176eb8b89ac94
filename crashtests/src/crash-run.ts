import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrng } from '@isotherm/testkit';
import { mountSmallDisk } from 'isotherm/testing';
import { compareBounds } from './compare-bounds.ts';
import { compareDeadObservations, compareStoredDeadLetters } from './compare-dead-letters.ts';
import { createResultComparison } from './compare-results.ts';
import type { CrashOptions } from './crash-options.ts';
import { dataDirectoryOf, type RunningPlatform, startCrashPlatform } from './crash-platform.ts';
import { expectedDeadLetters } from './dead-rows.ts';
import { addDifferences, type Differences, isClean, noDifferences } from './differences.ts';
import { planFaults } from './fault-plan.ts';
import { type KilledUnderLoad, killUnderLoad } from './kill-under-load.ts';
import { openOutsideLedger } from './outside-ledger.ts';
import { patiently } from './patiently.ts';
import { startProducers } from './producers.ts';
import { startRelay } from './relay.ts';
import type { Run } from './run.ts';
import { createStoreFault } from './store-fault.ts';
import { createWorkload } from './workload.ts';

/** A kill and what followed. */
export interface CrashCycle extends KilledUnderLoad {
  readonly cycle: number;
  /** From the restart to answering, in ms. */
  readonly restartMs: number;
  /** Checking promise 3 and sending again, in ms. */
  readonly settleMs: number;
  /** Comparing all results, in ms; undefined where that was left for a later cycle. */
  readonly compareMs: number | undefined;
  /** Observations sent again that were kept before the kill, and therefore skipped: since the first cycle. */
  readonly skipped: number;
  readonly differences: Differences;
}

/** All cycles together. */
export interface CrashReport {
  readonly cycles: readonly CrashCycle[];
  /** Observations sent, acked and accepted, each counted once. */
  readonly observations: number;
  /** Observations that ended as dead letters, as the model has them. */
  readonly deadLetters: number;
  readonly differences: Differences;
  /** How long it all took, in ms. */
  readonly tookMs: number;
  /** What was kept for looking at: after a difference, or as asked for. */
  readonly directory: string | undefined;
}

const PRODUCERS = 4;
/** Space for what a cycle leaves behind, generously; the disk's file is sparse. */
const DISK_BYTES = 12e9;
const DISK_BYTES_PER_CYCLE = 25e6;

/** Kills the platform again and again under load and compares what it has with the ledger outside. */
export async function runCrashes(options: CrashOptions, onCycle: (cycle: CrashCycle) => void): Promise<CrashReport> {
  const startedMs = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-crash-'));
  const run = await prepare(options, directory);
  const cycles: CrashCycle[] = [];
  let ended = false;
  try {
    let platform = await startCrashPlatform(run, 0);
    try {
      for (let cycle = 1; cycle <= options.cycles && isClean(run.differences); cycle++) {
        const killed = await killUnderLoad(run, platform, cycle - 1);
        const restartedMs = performance.now();
        platform = await startCrashPlatform(run, cycle);
        const restartMs = performance.now() - restartedMs;
        const settled = await whileRunning(platform, settleAndCompare(run, platform, cycle));
        const done = { cycle, ...killed, restartMs, ...settled, differences: { ...run.differences } };
        cycles.push(done);
        onCycle(done);
      }
      run.relay.shut();
      ended = true;
      await platform.end(isClean(run.differences) ? 'SIGTERM' : 'SIGKILL');
    } finally {
      run.relay.shut();
      if (!ended) await platform.end('SIGKILL');
    }
    await compareStored(run);
  } finally {
    await run.producers.close().catch(() => undefined);
    await run.relay.close();
  }
  const { acceptedRows, sent } = run.ledger.read();
  run.ledger.close();
  const clean = isClean(run.differences);
  const keep = !clean || options.keep;
  if (!keep) {
    run.disk?.unmount();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
  return {
    cycles,
    observations: acceptedRows,
    deadLetters: [...expectedDeadLetters(sent).values()].reduce((sum, count) => sum + count, 0),
    differences: run.differences,
    tookMs: performance.now() - startedMs,
    directory: keep ? directory : undefined,
  };
}

async function prepare(options: CrashOptions, directory: string): Promise<Run> {
  const workload = createWorkload({ cities: options.cities, producers: PRODUCERS, nowMs: Date.now() });
  const prng = createPrng(options.seed);
  const ledger = openOutsideLedger(join(directory, 'ledger'), PRODUCERS);
  const relay = await startRelay();
  const comparing = prng.fork();
  const kills = prng.fork();
  return {
    options,
    directory,
    workload,
    ledger,
    relay,
    producers: startProducers({ workload, ledger, target: relay.address }, { rate: options.rate }),
    storeFault: createStoreFault(join(directory, 'store-fault')),
    disk: needsDisk(options)
      ? mountSmallDisk({
          path: join(directory, 'data'),
          image: join(directory, 'data.ext4'),
          bytes: DISK_BYTES + options.cycles * DISK_BYTES_PER_CYCLE,
        })
      : undefined,
    plan: planFaults(options.cycles, options.faults, prng.fork()),
    kills,
    results: createResultComparison(workload, { prng: comparing, raw: options.raw }),
    differences: noDifferences(),
  };
}

/** Whether the data directory needs a disk of its own. */
export function needsDisk({ faults, powerCuts }: CrashOptions): boolean {
  return powerCuts || faults.includes('disk');
}

/** Checks promise 3 before anything is sent again, lets the producers send the rest, and compares what is due. */
async function settleAndCompare(run: Run, { platform, client }: RunningPlatform, cycle: number) {
  const { workload, ledger, relay, producers, options, differences, storeFault } = run;
  const startedMs = performance.now();
  addDifferences(differences, await compareBounds(client, workload, ledger.read()));
  storeFault.lift();
  relay.open(platform.ingestAddress);
  await producers.settle();
  const settleMs = performance.now() - startedMs;
  const last = cycle === options.cycles;
  const due = last || cycle % options.compareEvery === 0;
  if (due && isClean(differences)) {
    const state = ledger.read();
    addDifferences(differences, await run.results.compare(client, state, { everything: last }));
    await compareDeadObservations(differences, client, state);
  }
  const { shards } = await patiently(() => client.status());
  const partitions = shards.flatMap((shard) => shard.partitions);
  return {
    settleMs,
    compareMs: due ? performance.now() - startedMs - settleMs : undefined,
    skipped: partitions.reduce((sum, { observationsDuplicate }) => sum + observationsDuplicate, 0),
  };
}

/** What is awaited of a running platform; it must not end meanwhile. */
async function whileRunning<T>({ platform }: RunningPlatform, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const ended = platform.ended.then(({ code, signal, stderr }) => {
    if (over.signal.aborted) return work;
    throw new Error(`The platform ended by itself (${signal ?? `code ${code}`}): ${stderr.slice(-4000)}`);
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    over.abort();
    // It fails too when the platform is gone.
    work.catch(() => undefined);
  }
}

async function compareStored(run: Run): Promise<void> {
  if (!isClean(run.differences)) return;
  await compareStoredDeadLetters(run.differences, run.ledger.read(), {
    engineDirectory: join(dataDirectoryOf(run), 'analytics'),
    scratchDirectory: join(run.directory, 'scratch'),
  });
}
