import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@isotherm/catalogue';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { scratchDirectory, startPlatformProcess } from 'isotherm/testing';
import { writeReading } from './workload.ts';

const CATALOGUE = fileURLToPath(new URL('../../samples/cities.csv.gz', import.meta.url));

/** A machine with much else to do is slow to answer: that is measured, and no failure. */
const PATIENCE_MS = 120_000;

/** Options of {@link recovery}. */
export interface RecoveryOptions {
  readonly cities: number;
  /** Hours of minutes that state holds, one reading a city and minute. */
  readonly hours: number;
  /** Observations a second while the last checkpoint grows old: the live rate. */
  readonly perSecond: number;
  /** Seconds of that load behind the last checkpoint when it is killed. */
  readonly seconds: number;
  readonly shards: number;
}

/** What was measured. */
export interface RecoveryResult {
  /** Observations that state was restored from a checkpoint of. */
  readonly restored: number;
  /** Observations that had to be applied again. */
  readonly behind: number;
  /** Live rate that was reached before the kill, observations a second. */
  readonly livePerSecond: number;
  /** The reference: the same platform started on an empty directory, from its launch until it answers, in s. */
  readonly emptyStartSeconds: number;
  /** From the launch after kill -9 until a current value was answered, in s. */
  readonly readySeconds: number;
  /** From then until everything acked was applied, in s. */
  readonly catchUpSeconds: number;
  /** At least so many: where all was applied before it could be asked, the time since the launch counts. */
  readonly appliedPerSecond: number;
  /** CPU time the platform had taken when it answered, in s; NaN where the system does not tell. */
  readonly readyCpuSeconds: number;
  /** Load of the machine at the restart: above its cores, others were at work on it. */
  readonly machineLoad: number;
  /** Cities whose count of observations is not what was acked for them. */
  readonly citiesWrong: number;
}

/** State of many hours, kill -9, start: how long until hot reads answer, and how fast the rest of the log is applied. */
export async function recovery(options: RecoveryOptions): Promise<RecoveryResult> {
  const catalogue = await loadCatalogue({ path: CATALOGUE });
  const cityIds = catalogue.largest(options.cities).map((city) => city.cityId);
  const emptyStartSeconds = await startOnNothing(options);
  await using directory = await scratchDirectory();
  const start = (checkpointSeconds: number) =>
    startPlatformProcess({
      dataDirectory: directory.path,
      flags: [
        '--disk-cap',
        '40GB',
        '--no-raw',
        '--shards',
        `${options.shards}`,
        '--checkpoint',
        `${checkpointSeconds}`,
      ],
    });
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
  const restored = await (async () => {
    await using platform = await start(5);
    await using client = clientOf(platform);
    const acked = await sendMinutes(client, {
      cityIds,
      startMs: nowMs - options.hours * 3_600_000,
      hours: options.hours,
    });
    await checkpointed(client, acked);
    return acked;
  })();
  const { sent, livePerSecond } = await (async () => {
    await using platform = await start(3600);
    await using client = clientOf(platform);
    return await sendSteadily(client, { ...options, cityIds, startMs: nowMs });
  })();

  const [machineLoad = Number.NaN] = loadavg();
  const launchedMs = performance.now();
  await using platform = await start(3600);
  await using client = clientOf(platform);
  await client.current(cityIds.slice(0, 100), { timeoutMs: PATIENCE_MS });
  const readyMs = performance.now();
  const readyCpuSeconds = cpuSecondsOf(platform.pid);
  // The platform went on applying before it answered; what is left now is what it catches up with from here.
  const first = (await statsOf(client)).observationsApplied;
  const readMs = performance.now();
  while ((await statsOf(client)).observationsApplied < restored + sent) await sleep(20);
  const doneMs = performance.now();
  return {
    restored,
    behind: sent,
    livePerSecond,
    emptyStartSeconds,
    readyCpuSeconds,
    machineLoad,
    readySeconds: (readyMs - launchedMs) / 1000,
    catchUpSeconds: (doneMs - readyMs) / 1000,
    appliedPerSecond: 1000 * Math.max((restored + sent - first) / (doneMs - readMs), sent / (doneMs - launchedMs)),
    citiesWrong: await countWrong(client, { cityIds, hours: options.hours, sent }),
  };
}

/** CPU time of a process in user and kernel mode (proc(5): fields 14 and 15, in ticks of 10 ms). */
function cpuSecondsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100;
  } catch {
    return Number.NaN;
  }
}

async function startOnNothing({ shards }: RecoveryOptions): Promise<number> {
  await using directory = await scratchDirectory();
  const launchedMs = performance.now();
  await using platform = await startPlatformProcess({
    dataDirectory: directory.path,
    flags: ['--shards', `${shards}`],
  });
  await using client = clientOf(platform);
  await client.status();
  return (performance.now() - launchedMs) / 1000;
}

function clientOf(platform: { readonly ingestAddress: string; readonly apiUrl: string }): IsothermClient {
  return createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl, producerId: 'recovery' });
}

async function statsOf(client: IsothermClient) {
  const { shards, stats } = await client.status({ timeoutMs: PATIENCE_MS });
  const sum = (pick: (partition: (typeof shards)[number]['partitions'][number]) => number) =>
    shards.reduce((total, { partitions }) => partitions.reduce((part, each) => part + pick(each), total), 0);
  return {
    stats,
    observationsApplied: sum(({ observationsApplied }) => observationsApplied),
    unwritten: sum(({ appliedOffset, checkpointOffset }) => appliedOffset - checkpointOffset),
  };
}

/** Resolves when everything is applied and in a checkpoint, but for the ticks of the last seconds. */
async function checkpointed(client: IsothermClient, observations: number): Promise<void> {
  const tolerated = 64 * 10;
  for (;;) {
    const { observationsApplied, unwritten } = await statsOf(client);
    if (observationsApplied >= observations && unwritten < tolerated) return;
    await sleep(200);
  }
}

/** Sends a reading a city and minute, as fast as acks allow. @returns observations acked */
async function sendMinutes(
  client: IsothermClient,
  plan: { readonly cityIds: readonly string[]; readonly startMs: number; readonly hours: number },
): Promise<number> {
  const { cityIds, startMs, hours } = plan;
  await using sender = createSender(client, cityIds);
  for (let minute = 0; minute < hours * 60; minute++) await sender.send(startMs + minute * 60_000, minute);
  return await sender.acked();
}

/** Sends a reading a city again and again, at a steady rate. */
async function sendSteadily(
  client: IsothermClient,
  plan: Pick<RecoveryOptions, 'perSecond' | 'seconds'> & {
    readonly cityIds: readonly string[];
    readonly startMs: number;
  },
): Promise<{ readonly sent: number; readonly livePerSecond: number }> {
  await using sender = createSender(client, plan.cityIds);
  const rounds = Math.ceil((plan.perSecond * plan.seconds) / plan.cityIds.length);
  const beganMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    const dueMs = beganMs + ((round * plan.cityIds.length) / plan.perSecond) * 1000;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    await sender.send(plan.startMs + Math.floor((round * plan.seconds * 1000) / rounds), round);
  }
  const sent = await sender.acked();
  return { sent, livePerSecond: (sent / (performance.now() - beganMs)) * 1000 };
}

interface Sender extends AsyncDisposable {
  /** One reading of every city. */
  send(observedMs: number, seed: number): Promise<void>;
  /** Resolves with all that was accepted once all is acked. */
  acked(): Promise<number>;
}

function createSender(client: IsothermClient, cityIds: readonly string[]): Sender {
  const stream = client.openStream();
  const indices = Uint32Array.from(cityIds, (cityId) => stream.cityIndex(cityId));
  const size = 5000;
  const columns = { t: new Int32Array(size), h: new Int32Array(size), w: new Int32Array(size) };
  const waiting: Promise<void>[] = [];
  let accepted = 0;
  return {
    async send(observedMs, seed) {
      for (let from = 0; from < cityIds.length; from += size) {
        const rows = Math.min(size, cityIds.length - from);
        for (let row = 0; row < rows; row++) writeReading(from + row, seed, columns, row);
        const { result } = await stream.write({
          cityIndex: indices.subarray(from, from + rows),
          baseUnixMs: observedMs,
          observedOffsetMs: new Uint32Array(rows),
          temperatureCelsius: { scale: 2, unscaled: columns.t.subarray(0, rows) },
          relativeHumidityPercent: { scale: 2, unscaled: columns.h.subarray(0, rows) },
          windSpeedMps: { scale: 2, unscaled: columns.w.subarray(0, rows) },
        });
        waiting.push(
          result.then((ack) => {
            accepted += ack.accepted;
          }),
        );
      }
      if (waiting.length > 500) await Promise.all(waiting.splice(0, 250));
    },
    async acked() {
      await Promise.all(waiting.splice(0));
      return accepted;
    },
    [Symbol.asyncDispose]: () => stream.close(),
  };
}

/** Every city was sent the same number of readings. */
async function countWrong(
  client: IsothermClient,
  { cityIds, hours, sent }: { readonly cityIds: readonly string[]; readonly hours: number; readonly sent: number },
): Promise<number> {
  const wanted = hours * 60 + sent / cityIds.length;
  let right = 0;
  for (let from = 0; from < cityIds.length; from += 1000) {
    const { conditions } = await client.current(cityIds.slice(from, from + 1000), { timeoutMs: PATIENCE_MS });
    right += conditions.filter(({ observations }) => observations === wanted).length;
  }
  return cityIds.length - right;
}
