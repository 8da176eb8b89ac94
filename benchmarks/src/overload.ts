import { writeFile } from 'node:fs/promises';
import { loadavg, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@isotherm/catalogue';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { scratchDirectory, startPlatformProcess } from 'isotherm/testing';
import { closedLoop, type LoadPhase, type LoadTally, openLoop } from './overload/load-phase.ts';
import { type ProcessMemory, processCpuSeconds, watchMemory } from './overload/process-usage.ts';
import { openRawSender, type RawSender } from './overload/raw-sender.ts';
import { startProbe } from './overload/start-probe.ts';

const CATALOGUE = fileURLToPath(new URL('../../samples/cities.csv.gz', import.meta.url));

/** Options of {@link overload}. */
export interface OverloadOptions {
  readonly cities: number;
  /** Streams of all senders together, over four connections. */
  readonly streams: number;
  /** Offered load in the overload, as a multiple of the peak. */
  readonly times: number;
  /** Seconds of overload. */
  readonly seconds: number;
  /** Observations a second that the platform is told to take from everybody together; undefined for no limit. */
  readonly limit: number | undefined;
}

/** What was measured. */
export interface OverloadResult {
  /** Acked observations a second where the sender waits for acks, before the overload and after it. */
  readonly peaksPerSecond: readonly [number, number];
  /** Half of the peak offered, before. */
  readonly before: LoadPhase;
  readonly overload: LoadPhase;
  /** CPU seconds that the platform used in both peaks together, and in the overload. */
  readonly cpuSeconds: { readonly peaks: number; readonly overload: number };
  /** Observations acked in both peaks together. */
  readonly peaksAcked: number;
  /** Ack times of another caller that sends one reading at a time, in ms. */
  readonly probeAckMs: { readonly before: readonly number[]; readonly overload: readonly number[] };
  /** Of the platform's process while it was overloaded, twice a second. */
  readonly memory: readonly ProcessMemory[];
  /** Seconds of half the peak until acks were as fast as before and nothing was refused; undefined if they never were. */
  readonly recoverySeconds: number | undefined;
  /** Observations acked to the sender, and counted by the platform once it had caught up. */
  readonly acked: number;
  readonly applied: number;
  readonly dead: number;
  readonly duplicate: number;
  /** Load of the machine over the last minute, at the beginning and at the end. */
  readonly machineLoad: readonly [number, number];
}

const CONNECTIONS = 4;
const ROWS = 1000;
const SENDER_NICENESS = 15;
const WARM_SECONDS = 4;
const PEAK_SECONDS = 6;
const HALF_SECONDS = 5;
/** Messages of a stream that a sender with manners keeps unanswered. */
const CLOSED_WINDOW = 16;
const RECOVERY_LIMIT_SECONDS = 30;

/** Peak, half of it, a multiple of it from senders that do not slow down, and half again. */
export async function overload(options: OverloadOptions): Promise<OverloadResult> {
  const catalogue = await loadCatalogue({ path: CATALOGUE });
  const cityIds = catalogue.largest(options.cities).map((city) => city.cityId);
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({
    dataDirectory: join(directory.path, 'data'),
    flags: ['--disk-cap', '40GB', '--no-raw', ...(await limitFlags(directory.path, options.limit))],
  });
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  const probe = startProbe(platform.ingestAddress);
  // Senders are other machines in truth: here the platform comes first.
  setPriority(SENDER_NICENESS);
  const loadBefore = loadavg()[0] ?? 0;
  const sender = openRawSender({
    address: platform.ingestAddress,
    cityIds,
    streams: options.streams,
    connections: CONNECTIONS,
    rows: ROWS,
  });
  const timed = async (run: () => Promise<LoadPhase>) => {
    const beforeSeconds = processCpuSeconds(platform.pid);
    const phase = await run();
    return { phase, cpuSeconds: processCpuSeconds(platform.pid) - beforeSeconds };
  };
  await closedLoop(sender, WARM_SECONDS, CLOSED_WINDOW);
  const peak = await timed(() => closedLoop(sender, PEAK_SECONDS, CLOSED_WINDOW));
  const peakPerSecond = perSecond(peak.phase);
  await drained(sender);
  await probe.ackMs();
  const before = await openLoop(sender, HALF_SECONDS, peakPerSecond / 2);
  const probeBefore = await probe.ackMs();
  const stopWatching = watchMemory(platform.pid, 500);
  const overloaded = await timed(() => openLoop(sender, options.seconds, peakPerSecond * options.times));
  const memory = stopWatching();
  const probeOverloaded = await probe.ackMs();
  const recoverySeconds = await recovery(sender, peakPerSecond / 2, 2 * quantile(before.total.ackMs, 0.99));
  const peakAfter = await timed(() => closedLoop(sender, PEAK_SECONDS, CLOSED_WINDOW));
  await drained(sender);
  const machineLoad = [loadBefore, loadavg()[0] ?? 0] as const;
  const acked = sender.acked + (await probe.end());
  const ledger = await caughtUp(client, acked);
  await sender.close();
  return {
    peaksPerSecond: [peakPerSecond, perSecond(peakAfter.phase)],
    peaksAcked: peak.phase.total.acked + peakAfter.phase.total.acked,
    cpuSeconds: { peaks: peak.cpuSeconds + peakAfter.cpuSeconds, overload: overloaded.cpuSeconds },
    before,
    overload: overloaded.phase,
    memory,
    recoverySeconds,
    probeAckMs: { before: probeBefore, overload: probeOverloaded },
    acked,
    ...ledger,
    machineLoad,
  };
}

function perSecond({ total, seconds }: LoadPhase): number {
  return total.acked / seconds;
}

async function limitFlags(directory: string, limit: number | undefined): Promise<readonly string[]> {
  if (limit === undefined) return [];
  const path = join(directory, 'tenants.json');
  await writeFile(path, JSON.stringify({ limits: { maxObservationsPerSecond: limit, burstSeconds: 1 } }));
  return ['--tenants', path];
}

/** A quantile of a sample; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Offers half the peak until a second went by that was as good as before, and the one after it too. */
async function recovery(sender: RawSender, perSecond: number, maxP99Ms: number): Promise<number | undefined> {
  const good = (second: LoadTally) =>
    second.refusals.size === 0 && second.acked > 0 && quantile(second.ackMs, 0.99) < maxP99Ms;
  let goodSeconds = 0;
  for (let second = 1; second <= RECOVERY_LIMIT_SECONDS + 1; second++) {
    const { total } = await openLoop(sender, 1, perSecond);
    goodSeconds = good(total) ? goodSeconds + 1 : 0;
    if (goodSeconds === 2) return second - 1;
  }
  return undefined;
}

/** Waits until nothing is unanswered. */
async function drained(sender: RawSender): Promise<void> {
  while (sender.streams.some((stream) => stream.unanswered > 0)) await sleep(20);
}

/** What the platform has counted once all that was acked is applied. */
async function caughtUp(client: IsothermClient, acked: number) {
  const untilMs = performance.now() + 300_000;
  for (;;) {
    const { stats } = await client.status();
    const applied = stats?.observationsApplied ?? 0;
    const dead = stats?.observationsDead ?? 0;
    const duplicate = stats?.observationsDuplicate ?? 0;
    if (applied + dead + duplicate >= acked || performance.now() > untilMs) return { applied, dead, duplicate };
    await sleep(200);
  }
}
