import type { Reachability } from '@isotherm/contracts/forecast/v1/forecast_service';
import type { LiveColumns } from '@isotherm/contracts/type/v1/live_columns';
import { type CityTable, MISSING } from './city-table.ts';

/** The marker of a missing value in LiveColumns. */
const WIRE_MISSING = -2147483648;

/** Hears of each merged row. */
export type RowListener = (slot: number) => void;

/** Merges one stream's messages into a table. A new stream counts its cities from 0 again: make a new one for it. */
export interface LiveMerge {
  /** Writes the rows of a message; returns how many were written. Rows with an index nobody named are skipped. */
  merge(message: LiveColumns): number;
  /** Marks the cities whose owner is away, and only those. */
  mark(reachability: Reachability): void;
}

/** Creates the merge of one stream. `onRow` is called after each row is in the table. */
export function createLiveMerge(table: CityTable, onRow: RowListener): LiveMerge {
  const slots: number[] = [];
  return {
    merge(message) {
      for (const cityId of message.citiesAdded) slots.push(table.ensure(cityId));
      const columns = table.columns;
      const base = Number(message.baseUnixMs);
      const rows = message.cityIndex;
      let written = 0;
      for (let row = 0; row < rows.length; row++) {
        const slot = slots[rows[row] ?? -1];
        if (slot === undefined) continue;
        columns.temperature[slot] = narrow(message.temperatureCenticelsius[row]);
        columns.heatIndex[slot] = narrow(message.heatIndexCenticelsius[row]);
        columns.humidity[slot] = narrow(message.relativeHumidityCentipercent[row]);
        columns.wind[slot] = narrow(message.windSpeedCentimps[row]);
        columns.risk[slot] = message.risks[row] ?? 0;
        columns.observedMs[slot] = base + Number(message.observedOffsetMs[row] ?? 0n);
        written++;
        onRow(slot);
      }
      return written;
    },
    mark({ unreachableCityIndex }) {
      const { ownerDown } = table.columns;
      ownerDown.fill(0);
      for (const index of unreachableCityIndex) {
        const slot = slots[index];
        if (slot !== undefined) ownerDown[slot] = 1;
      }
    },
  };
}

/** Hundredths fit 16 bits for everything a thermometer can say; what does not fit is clamped. */
function narrow(value: number | undefined): number {
  if (value === undefined || value === WIRE_MISSING) return MISSING;
  return Math.min(32767, Math.max(-32767, value));
}
