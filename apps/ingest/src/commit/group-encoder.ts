import type { LogAppend } from '@isotherm/log';
import {
  NO_PRODUCER,
  type ObservationsFrame,
  type PlannedObservations,
  planObservations,
  type RejectedRow,
  sealRecord,
  writeObservationsFrame,
} from '@isotherm/records';
import type { CityRegistry } from '../cities/city-registry.ts';
import type { StagedGroup } from '../staging/staged-group.ts';
import { createLocalTable } from './local-table.ts';
import { type RecordColumns, surveyColumns } from './record-columns.ts';
import { createRecordMemory, type RecordMemory } from './record-memory.ts';
import { localiseStrings } from './record-strings.ts';
import { createColumnPositions, scatterAny, scatterNarrow, WIDE } from './scatter-rows.ts';
import { orderSlices, type SliceOrder } from './slice-order.ts';

/** Turns groups into records. */
export interface GroupEncoder {
  /**
   * The records of a group, one for each partition it touches, in order of partition. They lie in memory of this
   * encoder that the next call uses again. The group's references are no longer good for anything else.
   * `traceParent` (default none) travels in every record.
   */
  encode(group: StagedGroup, traceParent?: string): LogAppend[];
}

interface RecordPlan {
  readonly partition: number;
  readonly frame: ObservationsFrame;
  readonly plan: PlannedObservations;
  /** Of each slice its tenant and its producer, by index in the record. */
  readonly tenants: Uint16Array;
  readonly producers: Uint16Array;
  /** Where the record begins in the memory. */
  readonly start: number;
  /** Range of `SliceOrder.slices`. */
  readonly firstSlice: number;
}

/** Creates an encoder with memory of its own. */
export function createGroupEncoder(partitionCount: number, registry: CityRegistry): GroupEncoder {
  let memory = createRecordMemory(0);
  const positions = createColumnPositions(partitionCount);
  return {
    encode(group, traceParent = '') {
      const order = orderSlices(group.slices, partitionCount);
      const columns = surveyColumns(group, partitionCount);
      const plans = planRecords(group, { order, columns, registry, traceParent });
      const last = plans.at(-1);
      if (last === undefined) return [];
      const byteLength = last.start + last.plan.byteLength;
      if (memory.bytes.byteLength < byteLength) memory = createRecordMemory(byteLength);
      for (const { partition, frame, plan, start } of plans) {
        writeObservationsFrame(memory.bytes.subarray(start, start + plan.byteLength), frame, plan);
        const { wide } = frame;
        const at = (position: number, isWide: boolean, narrowBytes: number) =>
          (start + position) / (isWide ? 8 : narrowBytes);
        positions.nextRow[partition] = 0;
        positions.cityRef[partition] = at(plan.cityRef, false, 4);
        positions.observed[partition] = at(plan.observed, wide.time, 4);
        positions.temperature[partition] = at(plan.temperature, wide.temperature, 2);
        positions.humidity[partition] = at(plan.humidity, wide.humidity, 2);
        positions.wind[partition] = at(plan.wind, wide.wind, 2);
        positions.sensor[partition] = at(plan.sensor, false, 2);
        positions.baseMs[partition] = frame.baseMs;
        positions.wide[partition] =
          (wide.time ? WIDE.time : 0) |
          (wide.temperature ? WIDE.temperature : 0) |
          (wide.humidity ? WIDE.humidity : 0) |
          (wide.wind ? WIDE.wind : 0);
      }
      if (columns.anyWide) scatterAny(group, memory, positions);
      else scatterNarrow(group, memory, positions);
      if (group.sensor !== undefined) scatterSensors(group, group.sensor, memory, plans, positions.sensor);
      return plans.map((record) => finish(record, group, order, memory));
    },
  };
}

function planRecords(
  group: StagedGroup,
  deps: {
    readonly order: SliceOrder;
    readonly columns: RecordColumns;
    readonly registry: CityRegistry;
    readonly traceParent: string;
  },
): RecordPlan[] {
  const { order, columns, registry, traceParent } = deps;
  const strings = localiseStrings(group, registry);
  const rejects = rejectsByPartition(group, order);
  const { batches } = group;
  const { rows: sliceRows, batch: sliceBatch } = group.slices;
  const tenantTable = createLocalTable(group.tenants);
  const producerTable = createLocalTable(group.producers);
  let end = 0;
  return order.partitions.map((partition, index) => {
    const firstSlice = order.starts[index]!;
    const sliceCount = order.starts[index + 1]! - firstSlice;
    const tenants = tenantTable.begin(sliceCount);
    const producers = producerTable.begin(sliceCount);
    let rowCount = 0;
    for (let local = 0; local < sliceCount; local += 1) {
      const slice = order.slices[firstSlice + local]!;
      rowCount += sliceRows[slice]!;
      const { tenant, producer } = batches[sliceBatch[slice]!]!;
      tenants.indexes[local] = tenants.indexOf(tenant);
      producers.indexes[local] = producer === NO_PRODUCER ? NO_PRODUCER : producers.indexOf(producer);
    }
    const sensorStrings = strings.sensors(partition);
    const frame: ObservationsFrame = {
      baseMs: columns.baseMs(partition),
      rowCount,
      sliceCount,
      wide: {
        time: columns.wideTime(partition),
        temperature: columns.wideTemperature(partition),
        humidity: columns.wideHumidity(partition),
        wind: columns.wideWind(partition),
      },
      sensors: sensorStrings.length > 0,
      tenants: tenants.entries,
      producers: producers.entries,
      cityStrings: strings.cities(partition),
      sensorStrings,
      rejectedRows: rejects.get(partition) ?? [],
      traceParent,
    };
    const plan = planObservations(frame);
    const start = end;
    end = (start + plan.byteLength + 7) & ~7;
    return { partition, frame, plan, tenants: tenants.indexes, producers: producers.indexes, start, firstSlice };
  });
}

function rejectsByPartition(group: StagedGroup, order: SliceOrder): Map<number, RejectedRow[]> {
  const rejects = new Map<number, RejectedRow[]>();
  for (const reject of group.rejects) {
    const partition = group.slices.partition[reject.slice]!;
    const local = { ...reject, slice: order.local[reject.slice]! };
    const list = rejects.get(partition);
    if (list === undefined) rejects.set(partition, [local]);
    else list.push(local);
  }
  return rejects;
}

function scatterSensors(
  group: StagedGroup,
  sensor: Uint32Array,
  memory: RecordMemory,
  plans: readonly RecordPlan[],
  sensorAt: Int32Array,
): void {
  const next = new Map(plans.filter(({ frame }) => frame.sensors).map(({ partition }) => [partition, 0]));
  for (let row = 0; row < group.rows; row += 1) {
    const partition = group.partition[row]!;
    const at = next.get(partition);
    if (at === undefined) continue;
    memory.uint16[sensorAt[partition]! + at] = sensor[row]!;
    next.set(partition, at + 1);
  }
}

function finish(record: RecordPlan, group: StagedGroup, order: SliceOrder, memory: RecordMemory): LogAppend {
  const { plan, start, frame, firstSlice } = record;
  const { uint32, float64, uint16 } = memory;
  const { batches } = group;
  const { rows, batch, digestLow, digestHigh } = group.slices;
  const sequenceAt = (start + plan.sequence) / 8;
  const createdAt = (start + plan.createdAt) / 8;
  const rowEndAt = (start + plan.rowEnd) / 4;
  const digestLowAt = (start + plan.digestLow) / 4;
  const digestHighAt = (start + plan.digestHigh) / 4;
  const tenantAt = (start + plan.tenant) / 2;
  const producerAt = (start + plan.producer) / 2;
  let rowEnd = 0;
  for (let local = 0; local < frame.sliceCount; local += 1) {
    const slice = order.slices[firstSlice + local]!;
    const { identity, producer } = batches[batch[slice]!]!;
    rowEnd += rows[slice]!;
    const known = producer !== NO_PRODUCER;
    float64[sequenceAt + local] = known ? identity.sequence : 0;
    float64[createdAt + local] = known ? identity.createdUnixMs : Number.NaN;
    uint32[rowEndAt + local] = rowEnd;
    uint32[digestLowAt + local] = digestLow[slice]!;
    uint32[digestHighAt + local] = digestHigh[slice]!;
    uint16[tenantAt + local] = record.tenants[local]!;
    uint16[producerAt + local] = record.producers[local]!;
  }
  const bytes = memory.bytes.subarray(start, start + plan.byteLength);
  sealRecord(bytes);
  return { partition: record.partition, bytes, weight: frame.rowCount };
}
