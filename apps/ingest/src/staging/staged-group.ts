import type { RowRejection } from '@isotherm/contracts/ingest/v1/ingest_service';
import { NO_PRODUCER, type Producer, type RejectedRow } from '@isotherm/records';
import type { SeenBatch } from '../seen-batches.ts';
import type { BatchIdentityFacts } from './batch-part.ts';
import { createStagedSlices, type StagedSlices } from './staged-slices.ts';
import { createStagedValues, type StagedValues } from './staged-values.ts';

/** What became of a batch. */
export type BatchResult =
  | {
      readonly kind: 'kept';
      readonly accepted: number;
      readonly rejected: number;
      /** Of the accepted rows those that are known to be late. */
      readonly late: number;
      readonly duplicate: boolean;
      readonly rejections: readonly RowRejection[];
      /** The records that hold its slices: partition and offset, in order of partition. Valid during the call. */
      positions(): Iterable<readonly [partition: number, offset: number]>;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A batch within a group. */
export interface StagedBatch {
  readonly identity: BatchIdentityFacts;
  /** Index into the group's tenants. */
  readonly tenant: number;
  /** Index into the group's producers, or NO_PRODUCER. */
  readonly producer: number;
  /** Its slices are [firstSlice, endSlice). */
  readonly firstSlice: number;
  /** Rows of the group before it, and rejected ones. */
  readonly firstRow: number;
  readonly firstReject: number;
  endSlice: number;
  accepted: number;
  rejected: number;
  /** Of the accepted rows those that are known to be late. */
  late: number;
  /** The first rejected rows, as its producer is told. */
  readonly rejections: RowRejection[];
  /** As what it was noted; undefined without a producer. */
  seen: SeenBatch | undefined;
  /** Whether it was seen before, as far as this process knows. */
  duplicate: boolean;
  /** Called once, when it is durable or failed. */
  readonly settle: (result: BatchResult) => void;
}

/** The open group: accepted rows of many batches in columns, in order of arrival, until they are committed together. */
export interface StagedGroup {
  /** The time by which its rows are validated: when its first batch arrived, by the log's clock. */
  validationMs: number;
  /** Accepted rows. */
  rows: number;
  readonly partition: Int32Array;
  readonly cityRef: Uint32Array;
  readonly observedMs: Float64Array;
  /** Index into `sensors`, 0 for none. Undefined while no row has one. */
  readonly sensor: Uint32Array | undefined;
  /** Sensor ids by index − 1. */
  readonly sensors: string[];
  readonly temperature: StagedValues;
  readonly humidity: StagedValues;
  readonly wind: StagedValues;
  /** Of accepted rows; +∞ and −∞ without any. */
  earliestMs: number;
  latestMs: number;
  readonly slices: StagedSlices;
  readonly batches: StagedBatch[];
  readonly tenants: string[];
  readonly producers: Producer[];
  /** `slice` is the group's. */
  readonly rejects: RejectedRow[];
  /** Bytes of observations of rejected rows. */
  rejectedBytes: number;
  /** Makes room for so many rows more. */
  reserve(more: number): void;
  /** Makes room for sensors. */
  withSensors(): Uint32Array;
  sensorIndex(sensorId: string): number;
  /** Takes back what was staged of the newest batch since it began, so that it can be staged otherwise. */
  restart(batch: StagedBatch): void;
  /** Begins a batch: rows staged from now on are its. */
  begin(identity: BatchIdentityFacts, settle: (result: BatchResult) => void): StagedBatch;
  reset(): void;
}

/** Creates an empty group with room for some rows; it grows. */
export function createStagedGroup(partitionCount: number): StagedGroup {
  let capacity = 16_384;
  let partition = new Int32Array(capacity);
  let cityRef = new Uint32Array(capacity);
  let observedMs = new Float64Array(capacity);
  let sensor: Uint32Array<ArrayBuffer> | undefined;
  const sensorIndexes = new Map<string, number>();
  const tenantIndexes = new Map<string, number>();
  const tenantIndex = (tenants: string[], tenant: string): number => {
    const known = tenantIndexes.get(tenant);
    if (known !== undefined) return known;
    const index = tenants.push(tenant) - 1;
    tenantIndexes.set(tenant, index);
    return index;
  };
  const producerIndexes = new Map<string, number>();
  const producerIndex = (producers: Producer[], { producerId, session }: BatchIdentityFacts): number => {
    const key = `${session}/${producerId}`;
    const known = producerIndexes.get(key);
    if (known !== undefined) return known;
    const index = producers.push({ id: producerId, session }) - 1;
    producerIndexes.set(key, index);
    return index;
  };
  const grow = <T extends Int32Array | Uint32Array | Float64Array>(array: T, longer: T): T => {
    longer.set(array);
    return longer;
  };
  return {
    validationMs: 0,
    rows: 0,
    get partition() {
      return partition;
    },
    get cityRef() {
      return cityRef;
    },
    get observedMs() {
      return observedMs;
    },
    get sensor() {
      return sensor;
    },
    sensors: [],
    temperature: createStagedValues(capacity),
    humidity: createStagedValues(capacity),
    wind: createStagedValues(capacity),
    earliestMs: Number.POSITIVE_INFINITY,
    latestMs: Number.NEGATIVE_INFINITY,
    slices: createStagedSlices(partitionCount),
    batches: [],
    tenants: [],
    producers: [],
    rejects: [],
    rejectedBytes: 0,
    reserve(more) {
      const rows = this.rows + more;
      if (rows <= capacity) return;
      capacity = 2 ** Math.ceil(Math.log2(rows));
      partition = grow(partition, new Int32Array(capacity));
      cityRef = grow(cityRef, new Uint32Array(capacity));
      observedMs = grow(observedMs, new Float64Array(capacity));
      if (sensor !== undefined) sensor = grow(sensor, new Uint32Array(capacity));
      this.temperature.reserve(capacity);
      this.humidity.reserve(capacity);
      this.wind.reserve(capacity);
    },
    withSensors() {
      sensor ??= new Uint32Array(capacity);
      return sensor;
    },
    sensorIndex(sensorId) {
      const known = sensorIndexes.get(sensorId);
      if (known !== undefined) return known;
      const index = this.sensors.push(sensorId);
      sensorIndexes.set(sensorId, index);
      return index;
    },
    restart(batch) {
      const { partition, last } = this.slices;
      for (let slice = batch.firstSlice; slice < this.slices.count; slice += 1) last[partition[slice]!] = -1;
      this.slices.count = batch.firstSlice;
      this.rows = batch.firstRow;
      for (const { observation, message } of this.rejects.splice(batch.firstReject)) {
        this.rejectedBytes -= observation.byteLength + message.length;
      }
      batch.accepted = 0;
      batch.rejected = 0;
      batch.late = 0;
      batch.rejections.length = 0;
    },
    begin(identity, settle) {
      const batch: StagedBatch = {
        identity,
        tenant: tenantIndex(this.tenants, identity.tenant),
        producer: identity.producerId === '' ? NO_PRODUCER : producerIndex(this.producers, identity),
        firstSlice: this.slices.count,
        firstRow: this.rows,
        firstReject: this.rejects.length,
        endSlice: this.slices.count,
        accepted: 0,
        rejected: 0,
        late: 0,
        rejections: [],
        seen: undefined,
        duplicate: false,
        settle,
      };
      this.batches.push(batch);
      return batch;
    },
    reset() {
      this.rows = 0;
      this.rejectedBytes = 0;
      this.earliestMs = Number.POSITIVE_INFINITY;
      this.latestMs = Number.NEGATIVE_INFINITY;
      this.sensors.length = 0;
      this.batches.length = 0;
      this.rejects.length = 0;
      this.tenants.length = 0;
      tenantIndexes.clear();
      this.producers.length = 0;
      producerIndexes.clear();
      sensor = undefined;
      sensorIndexes.clear();
      this.temperature.reset();
      this.humidity.reset();
      this.wind.reset();
      this.slices.reset();
    },
  };
}
