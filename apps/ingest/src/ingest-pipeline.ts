import { RejectReason } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { Log } from '@isotherm/log';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import type { CityRegistry } from './cities/city-registry.ts';
import type { NewestReadings } from './cities/newest-readings.ts';
import { batchFailure } from './commit/batch-outcome.ts';
import { type CommittedGroup, createGroupCommitter, PENDING_BYTES_PER_ROW } from './commit/group-committer.ts';
import { ingestBusy, ingestDraining, invalidBatch } from './ingest-errors.ts';
import type { IngestLimits } from './ingest-options.ts';
import type { IngestCounters } from './ingest-stats.ts';
import type { IngestTelemetry } from './ingest-telemetry.ts';
import type { LogClock } from './log-clock.ts';
import { identityViolations, isExpired } from './rules/batch-identity.ts';
import { shapeViolations } from './rules/batch-shape.ts';
import type { ObservationRules } from './rules/observation-rules.ts';
import { createPartReader } from './rules/part-values.ts';
import { createRejectionTexts } from './rules/rejection-text.ts';
import { createRowValidator } from './rules/row-validator.ts';
import { createSeenBatches } from './seen-batches.ts';
import type { BatchIdentityFacts, BatchPart } from './staging/batch-part.ts';
import { stageRejects } from './staging/stage-rejects.ts';
import { stageRows } from './staging/stage-rows.ts';
import type { BatchResult, StagedBatch, StagedGroup } from './staging/staged-group.ts';

/** A batch, decoded. */
export interface SubmittedBatch {
  readonly identity: BatchIdentityFacts;
  /** Rows are numbered through all parts. */
  readonly parts: readonly BatchPart[];
  /** Called once, when the batch is durable or its append failed; batches in order of commit. */
  readonly settle: (result: BatchResult) => void;
}

/** The way of a batch from its decoded form to the log, the same for every kind of call. */
export interface IngestPipeline {
  /**
   * Validates a batch and stages its rows; its arrays may be used again afterwards.
   * @throws IsothermError if it is refused: then nothing of it is kept and `settle` is not called.
   */
  submit(batch: SubmittedBatch): void;
  /** Refuses batches from now on; resolves when everything taken is durable or failed. */
  drain(): Promise<void>;
  readonly pendingBytes: number;
}

/** Sensors, and producers, that a record can name. */
const MAX_SENSORS_PER_GROUP = 65_534;
const MAX_PRODUCERS_PER_GROUP = 65_534;

/** Creates a pipeline into a log. */
export function createIngestPipeline(
  deps: {
    readonly log: Log;
    readonly logger: Logger;
    readonly runtime: Runtime;
    readonly registry: CityRegistry;
    readonly telemetry: IngestTelemetry;
    readonly newest: NewestReadings;
  },
  options: {
    readonly limits: IngestLimits;
    readonly rules: ObservationRules;
    readonly counters: IngestCounters;
    readonly clock: LogClock;
    /** Told what became of every group. */
    readonly onGroup: (group: CommittedGroup) => void;
  },
): IngestPipeline {
  const { log, logger, runtime, registry, telemetry, newest } = deps;
  const { limits, rules, counters, clock, onGroup } = options;
  const readPart = createPartReader(rules);
  const validator = createRowValidator();
  const texts = createRejectionTexts(rules, registry);
  const seen = createSeenBatches();
  const committer = createGroupCommitter(
    { log, registry, runtime },
    { limits, now: clock.now, trace: telemetry.traceAppend, onSettled: settleGroup },
  );
  let draining = false;

  function settleGroup(group: CommittedGroup): void {
    onGroup(group);
    for (const batch of group.staged.batches) {
      try {
        batch.settle(resultOf(batch, group));
      } catch (error) {
        logger.error({ err: error }, 'Answering a batch failed');
      }
    }
  }

  function resultOf(batch: StagedBatch, { staged, outcome }: CommittedGroup): BatchResult {
    const failure = outcome.kind === 'refused' ? outcome.error : batchFailure(batch, { staged, outcome });
    if (outcome.kind === 'refused' || failure !== undefined) {
      counters.failedBatches += 1;
      newest.forget();
      // Part of it may be kept: the same content comes again, or a conflict is found by those who kept it.
      if (batch.seen !== undefined) seen.forget(batch.seen);
      return { kind: 'failed', error: failure };
    }
    const { accepted, rejected, duplicate, rejections, firstSlice, endSlice } = batch;
    // What became of a duplicate was decided when it first came.
    const late = duplicate ? 0 : batch.late;
    counters.ackedBatches += 1;
    counters.acceptedObservations += accepted;
    counters.rejectedObservations += rejected;
    if (duplicate) counters.duplicateBatches += 1;
    const positions = (): readonly (readonly [number, number])[] => {
      const partitions = [...staged.slices.partition.subarray(firstSlice, endSlice)].sort((a, b) => a - b);
      return partitions.map((partition) => {
        const found = outcome.outcomeIn(partition);
        if (found.kind !== 'kept') throw found.error;
        return [partition, found.offset];
      });
    };
    return { kind: 'kept', accepted, rejected, late, duplicate, rejections, positions };
  }

  function openGroup(parts: readonly BatchPart[]): StagedGroup {
    if (committer.open().producers.length >= MAX_PRODUCERS_PER_GROUP) {
      committer.rotate();
      if (committer.open().producers.length > 0) throw ingestBusy(limits, committer.pendingBytes);
    }
    const sensors = parts.reduce((sum, part) => sum + (part.columns.sensorIndex.length > 0 ? part.sensors.size : 0), 0);
    if (sensors === 0 || committer.open().sensors.length + sensors <= MAX_SENSORS_PER_GROUP) return committer.open();
    committer.rotate();
    if (sensors > MAX_SENSORS_PER_GROUP) {
      const description = `The dictionary has ${sensors} sensors; at most ${MAX_SENSORS_PER_GROUP} are taken: open another stream.`;
      throw invalidBatch([{ field: 'columns.sensors', description }]);
    }
    if (committer.open().sensors.length > 0) throw ingestBusy(limits, committer.pendingBytes);
    return committer.open();
  }

  function check({ identity, parts }: SubmittedBatch): void {
    if (draining) throw ingestDraining();
    const violations = identityViolations(identity, clock.now());
    let rows = 0;
    for (const part of parts) {
      rows += part.columns.cityIndex.length;
      violations.push(...shapeViolations(part.columns));
    }
    if (violations.length > 0) throw invalidBatch(violations);
    const pending = committer.pendingBytes;
    if (pending > 0 && pending + rows * PENDING_BYTES_PER_ROW > limits.maxPendingBytes)
      throw ingestBusy(limits, pending);
  }

  function stage({ identity, parts, settle }: SubmittedBatch, group: StagedGroup): void {
    const batch = group.begin(identity, settle);
    // Compute decides for good; a clock that may be wrong decides nothing here.
    const expired = clock.isKnown && isExpired(identity, group.validationMs);
    stageParts(group, batch, parts, expired ? RejectReason.BATCH_EXPIRED : undefined);
    if (identity.producerId === '') return;
    batch.seen = { ...noteOf(identity), digest: digestOf(group, batch) };
    const before = seen.note(batch.seen);
    batch.duplicate = before === 'same';
    if (before !== 'other') return;
    group.restart(batch);
    stageParts(group, batch, parts, RejectReason.SEQUENCE_CONFLICT);
  }

  /** `refusal` is the reason that all rows are rejected for; undefined validates each. */
  function stageParts(
    group: StagedGroup,
    batch: StagedBatch,
    parts: readonly BatchPart[],
    refusal: RejectReason | undefined,
  ): void {
    const tenantOf = () => batch.identity.tenant;
    let firstRow = 0;
    for (const part of parts) {
      const rowCount = part.columns.cityIndex.length;
      const values = readPart(part);
      const reasons =
        refusal === undefined
          ? validator.admitCities(part, validator.validate(part, values, group.validationMs), tenantOf)
          : new Uint8Array(rowCount).fill(refusal);
      const before = group.rows;
      const validated = { part, values, reasons };
      stageRows(group, validated, batch.firstSlice);
      stageRejects(group, validated, { batch, firstRow, texts });
      batch.accepted += group.rows - before;
      const { cityIndex } = part.columns;
      const rows = { cityIndex, numbers: part.cities.numbers, observedMs: values.time.observedMs, reasons };
      batch.late += newest.note(rows, group.validationMs);
      firstRow += rowCount;
    }
    batch.endSlice = group.slices.count;
  }

  return {
    submit(batch) {
      try {
        check(batch);
        stage(batch, openGroup(batch.parts));
      } catch (error) {
        counters.refusedBatches += 1;
        throw error;
      }
      committer.staged();
    },
    async drain() {
      draining = true;
      await committer.settled();
    },
    get pendingBytes() {
      return committer.pendingBytes;
    },
  };
}

function noteOf({ tenant, producerId, session, sequence }: BatchIdentityFacts) {
  return { producer: `${tenant}/${session}/${producerId}`, sequence };
}

/** One number for the content of a batch: good enough for an answer that compute does not rely on. */
function digestOf({ slices }: StagedGroup, { firstSlice, endSlice }: StagedBatch): number {
  let low = 0;
  let high = 0;
  for (let slice = firstSlice; slice < endSlice; slice += 1) {
    low = (low + slices.digestLow[slice]!) >>> 0;
    high = (high + slices.digestHigh[slice]!) >>> 0;
  }
  return low + (high & 0x1f_ffff) * 0x1_0000_0000;
}
