import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import type { RiskLevel } from '@isotherm/contracts/type/v1/weather';
import { riskLevel } from '@isotherm/domain';
import type { HeldPartition } from '../partition/held-partition.ts';

/** Marks a missing value in live columns. */
const MISSING = -2147483648;

/** Encodes the current values of cities for one stream: ids are named once, indices follow. */
export interface LiveEncoder {
  /** The slots' current values, added to the message under way. */
  add(held: HeldPartition, slots: Iterable<number>): void;
  /** The message so far; undefined if it holds no row. The encoder starts the next one. */
  take(): LiveColumns | undefined;
}

/** Creates the encoder of one stream. */
export function createLiveEncoder(): LiveEncoder {
  const indices = new Map<string, number>();
  let rows = emptyRows();
  return {
    add({ state }, slots) {
      for (const slot of slots) {
        const city = state.snapshot(slot);
        let index = indices.get(city.cityId);
        if (index === undefined) {
          index = indices.size;
          indices.set(city.cityId, index);
          rows.citiesAdded.push(city.cityId);
        }
        if (rows.cityIndex.length === 0) rows.baseUnixMs = BigInt(Math.floor(city.observedMs));
        rows.cityIndex.push(index);
        rows.observedOffsetMs.push(BigInt(Math.floor(city.observedMs)) - rows.baseUnixMs);
        rows.temperatureCenticelsius.push(centi(city.temperatureCelsius));
        rows.relativeHumidityCentipercent.push(centi(city.humidityPercent));
        rows.windSpeedCentimps.push(centi(city.windMps));
        rows.heatIndexCenticelsius.push(centi(city.heatIndexCelsius));
        rows.risks.push(riskLevel(city.heatIndexCelsius, state.settings.riskCelsius));
      }
    },
    take() {
      if (rows.cityIndex.length === 0) return undefined;
      const message = create(LiveColumnsSchema, rows satisfies MessageInitShape<typeof LiveColumnsSchema>);
      rows = emptyRows();
      return message;
    },
  };
}

function emptyRows() {
  return {
    citiesAdded: [] as string[],
    cityIndex: [] as number[],
    baseUnixMs: 0n,
    observedOffsetMs: [] as bigint[],
    temperatureCenticelsius: [] as number[],
    relativeHumidityCentipercent: [] as number[],
    windSpeedCentimps: [] as number[],
    heatIndexCenticelsius: [] as number[],
    risks: [] as RiskLevel[],
  };
}

function centi(value: number): number {
  return Number.isNaN(value) ? MISSING : Math.round(value * 100);
}
