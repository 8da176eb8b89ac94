/**
 * Observations a second through IngestStream into LMDB with durable acks, a client in its own process on loopback,
 * beside two references of the same run: the transport alone and the decoding alone.
 *
 * node bench/ingest.ts [--seconds 5] [--rows 1000] [--streams 4] [--in-flight 32] [--partitions 64] [--memory]
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allPartitions, createMemoryLog, openLmdbLog } from '@isotherm/log';
import { createStreamRequestDecoder, encodeStreamBatch } from '@isotherm/observation-wire';
import { createLogger } from '@isotherm/service-kit';
import { startIngest } from '../src/index.ts';
import type { LoadOrder, LoadReport } from './load-client.ts';
import { startTransportServer } from './transport-server.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '1000' },
    streams: { type: 'string', default: '4' },
    'in-flight': { type: 'string', default: '32' },
    partitions: { type: 'string', default: '64' },
    memory: { type: 'boolean', default: false },
  },
});
const order = {
  cities: 15_000,
  rowsPerMessage: Number(flags.rows),
  streams: Number(flags.streams),
  inFlight: Number(flags['in-flight']),
  durationMs: Number(flags.seconds) * 1000,
};
const partitionCount = Number(flags.partitions);

function millis({ user, system }: { user: number; system: number }): number {
  return (user + system) / 1000;
}

function runClient(load: LoadOrder): Promise<LoadReport> {
  const child = fork(join(import.meta.dirname, 'load-client.ts'), { execArgv: [] });
  return new Promise((resolve, reject) => {
    child.once('message', (report: LoadReport) => {
      resolve(report);
      child.kill();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the client ended with ${code}`)));
    child.send(load);
  });
}

async function measureTransport(): Promise<LoadReport & { serverCpuMs: number; threadCpuMs: number }> {
  const server = await startTransportServer();
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const report = await runClient({ ...order, port: server.port });
  const { user, system } = process.cpuUsage(cpu);
  const threadCpuMs = millis(process.threadCpuUsage(thread));
  server.close();
  return { ...report, serverCpuMs: (user + system) / 1000, threadCpuMs };
}

async function measureIngest(): Promise<LoadReport & { serverCpuMs: number; threadCpuMs: number; groups: number }> {
  const path = mkdtempSync(join(tmpdir(), 'isotherm-bench-'));
  const log = flags.memory
    ? createMemoryLog({ partitionCount })
    : await openLmdbLog({ path, partitionCount, mode: 'writer' });
  const ingest = await startIngest({ log, logger: createLogger({ service: 'bench', level: 'warn' }), port: 0 });
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const report = await runClient({ ...order, port: ingest.address.port });
  const { user, system } = process.cpuUsage(cpu);
  const threadCpuMs = millis(process.threadCpuUsage(thread));
  const stats = ingest.stats();
  await ingest.close();
  const extents = await log.extents(allPartitions(partitionCount));
  const logged = [...extents.values()].reduce((sum, extent) => sum + (extent.weight ?? 0), 0);
  await log.close();
  rmSync(path, { recursive: true, force: true });
  if (logged !== report.acked || stats.rejectedObservations !== 0) {
    throw new Error(`acked ${report.acked}, in the log ${logged}, rejected ${stats.rejectedObservations}`);
  }
  return { ...report, serverCpuMs: (user + system) / 1000, threadCpuMs, groups: stats.groups };
}

function measureDecoding(): number {
  const rows = order.rowsPerMessage;
  const column = (low: number) => ({ scale: 2, unscaled: Int32Array.from({ length: rows }, (_, row) => low + row) });
  const bytes = encodeStreamBatch({
    sequence: 1,
    createdUnixMs: 1,
    columns: {
      cityIndex: Uint32Array.from({ length: rows }, (_, row) => row),
      baseMs: 1,
      observedOffsetMs: new Uint32Array(rows),
      temperature: column(0),
      humidity: column(1),
      wind: column(2),
    },
  });
  const decoder = createStreamRequestDecoder();
  const begun = performance.now();
  let count = 0;
  for (; performance.now() - begun < 500; count += 1) decoder.decode(bytes);
  return (count * rows * 1000) / (performance.now() - begun);
}

const millions = (perSecond: number): string => `${(perSecond / 1e6).toFixed(2)}M/s`;
const rate = (report: LoadReport): number => (report.acked * 1000) / report.elapsedMs;
const nanos = (cpuMs: number, report: LoadReport): string => `${((cpuMs * 1e6) / report.acked).toFixed(0)} ns`;

const decoding = measureDecoding();
const transport = await measureTransport();
const ingest = await measureIngest();
const lines = [
  ['decoding alone, one thread', millions(decoding)],
  [
    'transport alone',
    millions(rate(transport)),
    nanos(transport.cpuMs, transport),
    nanos(transport.serverCpuMs, transport),
    '',
  ],
  [
    `ingest into ${flags.memory ? 'memory' : 'LMDB'}, durable acks`,
    millions(rate(ingest)),
    nanos(ingest.cpuMs, ingest),
    nanos(ingest.threadCpuMs, ingest),
    nanos(ingest.serverCpuMs, ingest),
    `ack p50 ${ingest.p50Ms.toFixed(1)} ms, p99 ${ingest.p99Ms.toFixed(1)} ms, ${(ingest.acked / ingest.groups).toFixed(0)} rows a group`,
  ],
];
process.stdout.write('what | observations | client CPU a row | gRPC thread CPU a row | server CPU a row | notes\n');
for (const line of lines) process.stdout.write(`${line.join(' | ')}\n`);
process.stdout.write(`ingest / transport: ${(rate(ingest) / rate(transport)).toFixed(2)}\n`);
