import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allPartitions, type LmdbLog, type LogAppend, openLmdbLog } from '../src/index.ts';

/**
 * Durable appends beside plain writes of the same bytes with fdatasync: groups of 64 records of together 900 kB, and
 * single records of 200 bytes; one at a time, and several under way. The two take turns in short rounds, so that both
 * meet the same disk.
 */
const PARTITIONS = 64;
const ROUNDS = 5;

interface Outcome {
  readonly latencies: number[];
  readonly seconds: number;
  readonly bytes: number;
}

const path = await mkdtemp(join(tmpdir(), 'isotherm-log-bench-'));
const log = await openLmdbLog({ path: join(path, 'log'), partitionCount: PARTITIONS, mode: 'writer' });
await compare('groups of 64 records, 900 kB', groupOf(64, 14_000), 60);
await compare('single records, 200 bytes', groupOf(1, 200), 600);
await measureRead(log);
await log.close();
await rm(path, { recursive: true });

/** Runs every way in turn, `appends` a round. */
async function compare(name: string, group: readonly LogAppend[], appends: number): Promise<void> {
  const plainPath = join(path, 'plain');
  const ways = [0, 1, 2, 8];
  const outcomes = ways.map(() => [] as Outcome[]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, underWay] of ways.entries()) {
      if (underWay === 0) {
        await using plain = await openFile(plainPath, 'w');
        const bytes = Buffer.concat(group.map((record) => record.bytes));
        const write = async () => {
          await plain.write(bytes);
          await plain.datasync();
        };
        outcomes[i]?.push(await measure(1, appends, bytes.length, write));
      } else {
        const size = group.reduce((sum, { bytes }) => sum + bytes.length, 0);
        outcomes[i]?.push(await measure(underWay, appends, size, () => log.append(group)));
      }
    }
    await log.trim(
      new Map(Array.from(await log.extents(allPartitions(PARTITIONS)), ([partition, { end }]) => [partition, end])),
    );
  }
  const plainBytesPerSecond = print(`${name}: write + fdatasync`, outcomes[0] ?? []);
  for (const [i, underWay] of ways.entries()) {
    if (underWay > 0) print(`${name}: log, ${underWay} under way`, outcomes[i] ?? [], plainBytesPerSecond);
  }
}

function groupOf(records: number, bytes: number): LogAppend[] {
  const fill = (i: number) => new Uint8Array(bytes).map((_, k) => i * 7 + k * 13 + (k >> 5));
  return Array.from({ length: records }, (_, i) => ({ partition: i % PARTITIONS, bytes: fill(i), weight: 1 }));
}

async function measure(
  underWay: number,
  appends: number,
  bytesEach: number,
  append: () => Promise<unknown>,
): Promise<Outcome> {
  const latencies: number[] = [];
  let started = 0;
  const startMs = performance.now();
  const lane = async () => {
    while (started++ < appends) {
      const beforeMs = performance.now();
      await append();
      latencies.push(performance.now() - beforeMs);
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  return { latencies, seconds: (performance.now() - startMs) / 1000, bytes: bytesEach * appends };
}

async function measureRead(from: LmdbLog): Promise<void> {
  const group = groupOf(64, 14_000);
  for (let i = 0; i < 200; i++) await from.append(group);
  const extents = await from.extents(allPartitions(PARTITIONS));
  await using reader = await from.openReader(
    new Map(Array.from(extents, ([partition, { start }]) => [partition, start])),
  );
  const latencies: number[] = [];
  let bytes = 0;
  const startMs = performance.now();
  for (;;) {
    const beforeMs = performance.now();
    const { entries } = await reader.poll({ maxBytes: 4 << 20, waitMs: 0 });
    if (entries.length === 0) break;
    latencies.push(performance.now() - beforeMs);
    for (const entry of entries) bytes += entry.bytes.length;
  }
  print('reading back, polls of 4 MiB', [{ latencies, seconds: (performance.now() - startMs) / 1000, bytes }]);
}

/** Prints a line. @returns bytes per second */
function print(name: string, outcomes: readonly Outcome[], referenceBytesPerSecond?: number): number {
  const latencies = outcomes.flatMap((outcome) => outcome.latencies).sort((a, b) => a - b);
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const bytesPerSecond = outcomes.reduce((sum, outcome) => sum + outcome.bytes, 0) / seconds;
  const at = (share: number) => (latencies[Math.floor((latencies.length - 1) * share)] ?? 0).toFixed(2);
  const ratio = referenceBytesPerSecond ? `${(bytesPerSecond / referenceBytesPerSecond).toFixed(2)} x plain` : '';
  process.stdout.write(
    `${name.padEnd(48)} ${(bytesPerSecond / 1e6).toFixed(1).padStart(7)} MB/s ` +
      `${(latencies.length / seconds).toFixed(0).padStart(6)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${ratio}\n`,
  );
  return bytesPerSecond;
}
