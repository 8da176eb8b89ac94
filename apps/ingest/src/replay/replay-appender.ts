import { toBinary } from '@bufbuild/protobuf';
import type { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import type { ReplayRow } from '@isotherm/contracts/ingest/v1/replay_service';
import { type Log, type LogAppend, offsetsOf } from '@isotherm/log';
import { columnsOfRows } from '@isotherm/observation-wire';
import { CITY_WORDS, type CityDictionary, createCityDictionary } from '../cities/city-dictionary.ts';
import type { CityRegistry } from '../cities/city-registry.ts';
import { createSensorDictionary } from '../cities/sensor-dictionary.ts';
import { PENDING_BYTES_PER_ROW } from '../commit/group-committer.ts';
import { appendFailed, ingestBusy, ingestDraining, invalidBatch } from '../ingest-errors.ts';
import type { IngestLimits } from '../ingest-options.ts';
import type { LogClock } from '../log-clock.ts';
import type { ObservationRules } from '../rules/observation-rules.ts';
import { createPartReader } from '../rules/part-values.ts';
import { createRejectionTexts } from '../rules/rejection-text.ts';
import { createRowValidator } from '../rules/row-validator.ts';
import { keptRow } from '../staging/stage-rejects.ts';
import { createReplayBatch } from './replay-batch.ts';
import { type LetterRow, letterOfRow, MAX_REPLAY_ROWS, type RowRefusal, wrongPartition } from './replay-letters.ts';

/** What became of a replay. */
export interface ReplayResult {
  readonly accepted: number;
  /** Rows that break a rule: they are in the log as rejects. */
  readonly rejected: number;
  readonly refused: readonly RowRefusal[];
  /** Where its records are, in order of partition. */
  readonly positions: readonly (readonly [partition: number, offset: number])[];
}

/** Brings dead letters back into the log. */
export interface ReplayAppender {
  /**
   * Validates the rows like ordinary ones and appends them, resolving when they are durable.
   * @throws INGEST_DRAINING, INGEST_BUSY, BATCH_INVALID, or the log's error: then send all of it again, what is appended counts once.
   */
  append(rows: readonly ReplayRow[], traceParent: string): Promise<ReplayResult>;
  /** Refuses replays from now on; resolves when those under way are durable or failed. */
  drain(): Promise<void>;
  /** About what is on its way to the disk, in bytes. */
  readonly pendingBytes: number;
}

/** Options of {@link createReplayAppender}, all needed. */
export interface ReplayAppenderOptions {
  readonly limits: IngestLimits;
  readonly rules: ObservationRules;
  readonly clock: LogClock;
  /** What ordinary batches have on their way to the disk, in bytes: the limit is one for both. */
  readonly otherPendingBytes: () => number;
  /** Told about every append that failed, whole or in part. Must not throw. */
  readonly onFailed: (error: unknown) => void;
}

/** Creates an appender over a log. */
export function createReplayAppender(
  deps: { readonly log: Log; readonly registry: CityRegistry },
  options: ReplayAppenderOptions,
): ReplayAppender {
  const { log, registry } = deps;
  const { limits, rules, clock, otherPendingBytes, onFailed } = options;
  const readPart = createPartReader(rules);
  const validator = createRowValidator();
  const texts = createRejectionTexts(rules, registry);
  const underWay = new Set<Promise<unknown>>();
  let pendingBytes = 0;
  let draining = false;

  function check(rowCount: number): void {
    if (draining) throw ingestDraining();
    if (rowCount < 1 || rowCount > MAX_REPLAY_ROWS) {
      const description = `rows has ${rowCount} entries; send 1 to ${MAX_REPLAY_ROWS}.`;
      throw invalidBatch([{ field: 'rows', description }]);
    }
    const pending = pendingBytes + otherPendingBytes();
    if (pending > 0 && pending + rowCount * PENDING_BYTES_PER_ROW > limits.maxPendingBytes) {
      throw ingestBusy(limits, pending);
    }
  }

  /** Every row by the rules of ordinary ones: by the same validator, as one part of a batch. */
  function encode(letters: readonly LetterRow[], refused: RowRefusal[], traceParent: string) {
    const observations = letters.map(({ observation }) => observation);
    const columns = columnsOfRows(observations);
    const cities = createCityDictionary(registry, { partitionCount: log.partitionCount, limits: rules.cityId });
    const sensors = createSensorDictionary(rules.sensorId);
    cities.append(columns.cities);
    sensors.append(columns.sensors);
    const part = { columns, cities, sensors, rowAt: (row: number) => observations[row]! };
    const values = readPart(part);
    const reasons = validator.admitCities(
      part,
      validator.validate(part, values, clock.now()),
      (row) => letters[row]!.tenant,
    );
    const batch = createReplayBatch();
    let rejected = 0;
    letters.forEach((row, index) => {
      const { partition, observation } = row;
      const owner = ownerOf(cities, columns.cityIndex[index]!);
      const reason = (reasons?.[index] ?? 0) as RejectReason;
      if (owner !== partition) {
        refused.push(wrongPartition(row, owner));
      } else if (reason === 0) {
        batch.accept(row, rowOf(observation, values.time.observedMs[index]!));
      } else {
        rejected += 1;
        const bytes = toBinary(ObservationSchema, keptRow(observation));
        const { message } = texts(reason, row.tenant);
        batch.reject(row, { batchRow: row.index, reason, message, observation: bytes });
      }
    });
    return { rejected, records: batch.encode(traceParent) };
  }

  async function write(records: readonly LogAppend[]): Promise<ReplayResult['positions']> {
    if (records.length === 0) return [];
    const bytes = records.reduce((sum, record) => sum + record.bytes.byteLength, 0);
    pendingBytes += bytes;
    try {
      const offsets = offsetsOf(await log.append(records));
      return records.map(({ partition }, index) => [partition, offsets[index]!]);
    } catch (error) {
      onFailed(error);
      throw appendFailed(error);
    } finally {
      pendingBytes -= bytes;
    }
  }

  async function append(rows: readonly ReplayRow[], traceParent: string): Promise<ReplayResult> {
    const named = rows.map(({ partition }) => partition).filter((partition) => partition < log.partitionCount);
    const extents = await log.extents(new Set(named));
    check(rows.length);
    const refused: RowRefusal[] = [];
    const letters: LetterRow[] = [];
    rows.forEach((row, index) => {
      const found = letterOfRow(row, index, { extents, partitionCount: log.partitionCount });
      if ('letter' in found) letters.push(found);
      else refused.push(found);
    });
    const { rejected, records } = encode(letters, refused, traceParent);
    const positions = await write(records);
    refused.sort((a, b) => a.index - b.index);
    return { accepted: rows.length - refused.length - rejected, rejected, refused, positions };
  }

  return {
    async append(rows, traceParent) {
      check(rows.length);
      const appended = append(rows, traceParent);
      underWay.add(appended);
      try {
        return await appended;
      } finally {
        underWay.delete(appended);
      }
    },
    async drain() {
      draining = true;
      await Promise.allSettled(underWay);
    },
    get pendingBytes() {
      return pendingBytes;
    },
  };
}

function ownerOf(cities: CityDictionary, cityIndex: number): number {
  return cities.words[cityIndex * CITY_WORDS + 1]!;
}

function rowOf(observation: Observation, observedMs: number) {
  const { cityId, sensorId, temperatureCelsius, relativeHumidityPercent, windSpeedMps } = observation;
  return {
    cityId,
    observedMs,
    temperature: temperatureCelsius,
    humidity: relativeHumidityPercent,
    wind: windSpeedMps,
    sensorId: sensorId === '' ? undefined : sensorId,
  };
}
