import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allPartitions, createMemoryLog, type Log, openLmdbLog } from '@isotherm/log';
import {
  CITY_STRING_BIT,
  createRecordReader,
  MISSING_CENTI,
  type ObservationsRecord,
  type RejectedRow,
} from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { type IngestOptions, type IngestService, startIngest } from '../index.ts';
import { connectIngest, type IngestClient } from './ingest-client.ts';

/** Time of the tests: 2025-06-15T12:00:00Z. */
export const NOW_MS = Date.UTC(2025, 5, 15, 12);

/** An accepted observation as the log holds it. */
export interface LoggedRow {
  readonly partition: number;
  readonly cityId: string;
  readonly observedMs: number;
  readonly temperature: number | undefined;
  readonly humidity: number | undefined;
  readonly wind: number | undefined;
  readonly sensorId: string | undefined;
}

/** A slice as the log holds it. */
export interface LoggedSlice {
  readonly partition: number;
  readonly offset: number;
  readonly tenant: string;
  readonly producerId: string | undefined;
  readonly sequence: number;
  readonly rows: number;
  readonly digest: string;
}

/** All that a log holds. */
export interface LogContents {
  readonly rows: LoggedRow[];
  readonly rejected: (RejectedRow & { readonly partition: number })[];
  readonly slices: LoggedSlice[];
  readonly kinds: string[];
}

/** Ingest over a log, with a client and a clock that stands still. */
export interface IngestFixture extends AsyncDisposable {
  readonly ingest: IngestService;
  readonly client: IngestClient;
  readonly log: Log;
  readonly clock: { nowMs: number };
  contents(): Promise<LogContents>;
}

/** Starts ingest over a memory log of 8 partitions, unless told otherwise. */
export async function startFixture(options: Partial<IngestOptions> = {}): Promise<IngestFixture> {
  const clock = { nowMs: NOW_MS };
  const log = options.log ?? createMemoryLog({ partitionCount: 8, now: () => clock.nowMs });
  const ingest = await startIngest({
    port: 0,
    logger: createLogger({ service: 'ingest-test', level: 'silent' }),
    runtime: { ...systemRuntime, now: () => clock.nowMs, monotonicMs: () => clock.nowMs },
    ...options,
    log,
  });
  const client = connectIngest(ingest.address.port);
  return {
    ingest,
    client,
    log,
    clock,
    contents: () => readLog(log),
    async [Symbol.asyncDispose]() {
      client.close();
      await ingest.close();
      await log.close();
    },
  };
}

/** A log on disk that goes away with the test. */
export async function openTemporaryLog(partitionCount = 8): Promise<{ log: Log; remove: () => Promise<void> }> {
  const path = mkdtempSync(join(tmpdir(), 'isotherm-ingest-'));
  const runtime = { ...systemRuntime, now: () => NOW_MS };
  const log = await openLmdbLog({ path, partitionCount, mode: 'writer', runtime });
  return {
    log,
    async remove() {
      await log.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Reads everything a log holds, the way compute does. */
async function readLog(log: Log): Promise<LogContents> {
  const extents = await log.extents(allPartitions(log.partitionCount));
  const reader = createRecordReader();
  const contents: LogContents = { rows: [], rejected: [], slices: [], kinds: [] };
  for (const [partition, { start, end }] of extents) {
    for (let offset = start; offset < end; offset += 1) {
      const entry = await log.readAt(partition, offset);
      if (entry === undefined) throw new Error(`record ${offset} of partition ${partition} is gone`);
      const record = reader.decode(entry.bytes);
      contents.kinds.push(record.kind);
      if (record.kind === 'observations') collect(contents, record, { partition, offset });
    }
  }
  return contents;
}

function collect(
  contents: LogContents,
  record: ObservationsRecord,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): void {
  for (let row = 0; row < record.rowCount; row += 1) {
    const ref = record.cityRef[row]!;
    const sensor = record.sensor?.[row] ?? 0;
    contents.rows.push({
      partition,
      cityId: ref < CITY_STRING_BIT ? String(ref) : record.cityStrings[ref - CITY_STRING_BIT]!,
      observedMs: record.baseMs + record.observedOffsetMs[row]!,
      temperature: valueAt(record.temperature, row),
      humidity: valueAt(record.humidity, row),
      wind: valueAt(record.wind, row),
      sensorId: sensor === 0 ? undefined : record.sensorStrings[sensor - 1],
    });
  }
  const { slices } = record;
  for (let slice = 0; slice < slices.count; slice += 1) {
    contents.slices.push({
      partition,
      offset,
      tenant: record.tenants[slices.tenant[slice]!]!,
      producerId: record.producers[slices.producer[slice]!]?.id,
      sequence: slices.sequence[slice]!,
      rows: slices.rowEnd[slice]! - (slice === 0 ? 0 : slices.rowEnd[slice - 1]!),
      digest: `${slices.digestHigh[slice]}/${slices.digestLow[slice]}`,
    });
  }
  contents.rejected.push(...record.rejectedRows.map((row) => ({ ...row, partition })));
}

function valueAt(column: ObservationsRecord['temperature'], row: number): number | undefined {
  const entry = column.values[row]!;
  if (column.kind === 'centi') return entry === MISSING_CENTI ? undefined : entry / 100;
  return Number.isNaN(entry) ? undefined : entry;
}
