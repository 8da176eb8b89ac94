import { MISSING_CENTI, type ObservationsRecord, type ValueColumn } from '@isotherm/records';
import { observationQuality } from '../weather/quality-checks.ts';
import { QualityFlag, worseQuality } from '../weather/quality-flag.ts';
import { riskLevel } from '../weather/risk-level.ts';
import type { CityTable } from './city-table.ts';
import { NO_ROOM, openPane } from './open-pane.ts';
import {
  ABSENT_H,
  ABSENT_SHIFT,
  ABSENT_T,
  ABSENT_W,
  chunkOfSlot,
  DIRTY,
  HANDED,
  MAX_CENTI,
  MAX_PANE_OBSERVATIONS,
  QUALITY_BITS,
  QUALITY_SHIFT,
  RISK_BITS,
  SIDE,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { addToSidePane } from './side-pane.ts';

const NO_CENTI = new Int16Array(0);
const NO_WIDE = new Float64Array(0);
const NO_OFFSETS32 = new Uint32Array(0);

/** Rows [from, to) of a record. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** What is known of a record's rows beforehand. */
export interface RowFacts {
  /** {@link NO_SLOT} or {@link NO_ROOM} where its city found no slot. */
  readonly slotOfRow: Int32Array;
  /** NaN where temperature or humidity is missing. */
  readonly heatIndexes: Float64Array;
}

/** Told of a row that is not added. */
export type RefuseRow = (row: number, kind: 'late' | 'tooManyCities' | 'stateFull') => void;

/**
 * The hot loop: adds a run of rows to the panes of their cities. Allocates nothing and touches no string. Long because
 * a call per step would cost more than the step.
 *
 * @returns rows added.
 */
export function addRows(
  core: PartitionCore,
  record: ObservationsRecord,
  { slotOfRow, heatIndexes }: RowFacts,
  { from, to }: RowRange,
  refuse: RefuseRow,
): number {
  const { cities, chunks, logTimeMs } = core;
  const { riskCelsius } = core.settings;
  const { newestMinute, newestRow, newestMs, observations, lastSeenMs } = cities;
  const { baseMs, observedOffsetMs } = record;
  const time32 = observedOffsetMs instanceof Uint32Array ? observedOffsetMs : NO_OFFSETS32;
  const time64 = observedOffsetMs instanceof Uint32Array ? NO_WIDE : observedOffsetMs;
  const timeIs32 = observedOffsetMs instanceof Uint32Array;
  const temperatures = record.temperature;
  const humidities = record.humidity;
  const winds = record.wind;
  const [t16, t64, tIs16] = [centiOf(temperatures), wideOf(temperatures), temperatures.kind === 'centi'];
  const [h16, h64, hIs16] = [centiOf(humidities), wideOf(humidities), humidities.kind === 'centi'];
  const [w16, w64, wIs16] = [centiOf(winds), wideOf(winds), winds.kind === 'centi'];
  const allFit = tIs16 && hIs16 && wIs16;
  const unfit = SIDE | ABSENT_T | ABSENT_H | ABSENT_W;
  let added = 0;

  for (let row = from; row < to; row++) {
    const slot = slotOfRow[row]!;
    if (slot < 0) {
      refuse(row, slot === NO_ROOM ? 'stateFull' : 'tooManyCities');
      continue;
    }
    const observedMs = baseMs + (timeIs32 ? time32[row]! : time64[row]!);
    const minute = (observedMs / 60_000) | 0;

    let absent = 0;
    let tCenti: number;
    let t: number;
    if (tIs16) {
      tCenti = t16[row]!;
      t = tCenti / 100;
      if (tCenti === MISSING_CENTI) {
        absent = 1;
        t = Number.NaN;
      }
    } else {
      t = t64[row]!;
      tCenti = toCenti(t) | 0;
      if (Number.isNaN(t)) absent = 1;
    }
    let hCenti: number;
    let h: number;
    if (hIs16) {
      hCenti = h16[row]!;
      h = hCenti / 100;
      if (hCenti === MISSING_CENTI) {
        absent |= 2;
        h = Number.NaN;
      }
    } else {
      h = h64[row]!;
      hCenti = toCenti(h) | 0;
      if (Number.isNaN(h)) absent |= 2;
    }
    // Sensors in saturated air read a little above 100 %.
    const clipped = h > 100;
    if (clipped) {
      h = 100;
      hCenti = 10_000;
    }
    let wCenti: number;
    let w: number;
    if (wIs16) {
      wCenti = w16[row]!;
      w = wCenti / 100;
      if (wCenti === MISSING_CENTI) {
        absent |= 4;
        w = Number.NaN;
      }
    } else {
      w = w64[row]!;
      wCenti = toCenti(w) | 0;
      if (Number.isNaN(w)) absent |= 4;
    }
    let heatIndex = Number.NaN;
    let risk = 0;
    let hiFixed = 0;
    let hiCenti = 0;
    if ((absent & 3) === 0) {
      heatIndex = heatIndexes[row]!;
      risk = riskLevel(heatIndex, riskCelsius);
      hiFixed = Math.round(heatIndex * 1_073_741_824);
      hiCenti = toCenti(heatIndex) | 0;
    }

    const chunk = chunks[chunkOfSlot(slot)]!;
    let pane = minute === newestMinute[slot] ? chunk.find(newestRow[slot]!, slot & 63) : -1;
    if (pane < 0 || (chunk.flags(pane) & (DIRTY | HANDED)) !== DIRTY) {
      pane = openPane(core, slot, minute, absent);
      if (pane < 0) {
        refuse(row, pane === NO_ROOM ? 'stateFull' : 'late');
        continue;
      }
    }

    const quality = qualityOf(cities, slot, observedMs, t, h, w, clipped);
    let flags = chunk.flags(pane);
    if (risk > (flags & RISK_BITS)) flags = (flags & ~RISK_BITS) | risk;
    const paneQuality = (flags & QUALITY_BITS) >> QUALITY_SHIFT;
    if (quality !== paneQuality) {
      flags = (flags & ~QUALITY_BITS) | (worseQuality(paneQuality, quality) << QUALITY_SHIFT);
    }
    chunk.setFlags(pane, flags);
    if (
      (flags & unfit) !== absent << ABSENT_SHIFT ||
      chunk.count(pane) >= MAX_PANE_OBSERVATIONS ||
      hiCenti > MAX_CENTI ||
      hiCenti < -MAX_CENTI ||
      (!allFit && !(fits(tCenti) && fits(hCenti) && fits(wCenti)))
    ) {
      addToSidePane(
        core,
        { chunk, slot, minute, pane },
        {
          absent,
          temperatureCenti: tCenti,
          humidityCenti: hCenti,
          windCenti: wCenti,
          heatIndex: hiFixed,
          heatIndexCenti: hiCenti,
        },
      );
    } else {
      chunk.addCount(pane);
      if ((absent & 1) === 0) chunk.addTemperature(pane, tCenti);
      if ((absent & 2) === 0) chunk.addHumidity(pane, hCenti);
      if ((absent & 4) === 0) chunk.addWind(pane, wCenti);
      if ((absent & 3) === 0) chunk.addHeatIndex(pane, hiFixed, hiCenti);
    }
    chunk.touch(pane);

    // NaN before the first observation; of two at the same time the later in the log wins.
    if (!(observedMs < newestMs[slot]!)) {
      newestMs[slot] = observedMs;
      cities.temperature[slot] = t;
      cities.humidity[slot] = h;
      cities.wind[slot] = w;
      cities.heatIndex[slot] = heatIndex;
      cities.quality[slot] = quality;
    }
    observations[slot]! += 1;
    lastSeenMs[slot] = logTimeMs;
    cities.markChanged(slot);
    added++;
  }
  return added;
}

/** Quality of an observation against the city's newest one. */
function qualityOf(
  cities: CityTable,
  slot: number,
  observedMs: number,
  t: number,
  h: number,
  w: number,
  clipped: boolean,
): number {
  const quality = observationQuality(
    t,
    h,
    w,
    observedMs - cities.newestMs[slot]!,
    cities.temperature[slot]!,
    cities.humidity[slot]!,
    cities.wind[slot]!,
  );
  return clipped && quality !== QualityFlag.FAILED ? QualityFlag.QUESTIONED : quality;
}

/** Hundredths, halves away from zero; never -0, which would make extremes depend on the order of observations. */
function toCenti(value: number): number {
  return value < 0 ? 0 - Math.round(value * -100) : Math.round(value * 100) + 0;
}

function fits(centi: number): boolean {
  return !(centi > MAX_CENTI || centi < -MAX_CENTI);
}

function centiOf(column: ValueColumn): Int16Array {
  return column.kind === 'centi' ? column.values : NO_CENTI;
}

function wideOf(column: ValueColumn): Float64Array {
  return column.kind === 'wide' ? column.values : NO_WIDE;
}
