import { MISSING_CENTI, type ObservationsRecord, type ValueColumn } from '@isotherm/records';
import { observationQuality } from '../weather/quality-checks.ts';
import { QualityFlag, worseQuality } from '../weather/quality-flag.ts';
import { riskLevel } from '../weather/risk-level.ts';
import { locatePane } from './locate-pane.ts';
import {
  ABSENT_BITS,
  ABSENT_H,
  ABSENT_SHIFT,
  ABSENT_T,
  ABSENT_W,
  CHUNK_SHIFT,
  COUNT,
  DIRTY,
  FLAGS,
  HANDED,
  HEAT_INDEX_UNIT,
  MAX_CENTI,
  MAX_H,
  MAX_HI,
  MAX_PANE_OBSERVATIONS,
  MAX_T,
  MAX_W,
  MIN_H,
  MIN_HI,
  MIN_T,
  MIN_W,
  MINUTE_MS,
  PANE_F64,
  PANE_I16,
  PANE_I32,
  QUALITY_BITS,
  QUALITY_SHIFT,
  RISK_BITS,
  SIDE,
  SUM_H,
  SUM_T,
  SUM_W,
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

/** Told of a row that is not added. */
export type RefuseRow = (row: number, kind: 'late' | 'tooManyCities') => void;

/**
 * The hot loop: adds a run of rows to the panes of their cities. Allocates nothing and touches no string. Long because
 * a call per step would cost more than the step.
 *
 * @returns rows added.
 */
export function addRows(
  core: PartitionCore,
  record: ObservationsRecord,
  slotOfRow: Int32Array,
  { from, to }: RowRange,
  refuse: RefuseRow,
): number {
  const { cities, chunks, kernel, logTimeMs } = core;
  const { riskCelsius } = core.settings;
  const { newestMinute, newestPane, newestMs, observations, heardMs } = cities;
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
  let added = 0;

  for (let row = from; row < to; row++) {
    const slot = slotOfRow[row]!;
    if (slot < 0) {
      refuse(row, 'tooManyCities');
      continue;
    }
    const observedMs = baseMs + (timeIs32 ? time32[row]! : time64[row]!);
    const minute = Math.floor(observedMs / MINUTE_MS);

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
      tCenti = toCenti(t);
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
      hCenti = toCenti(h);
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
      wCenti = toCenti(w);
      if (Number.isNaN(w)) absent |= 4;
    }
    let heatIndex = Number.NaN;
    let risk = 0;
    let hiFixed = 0;
    let hiCenti = 0;
    if ((absent & 3) === 0) {
      heatIndex = kernel(t, h);
      risk = riskLevel(heatIndex, riskCelsius);
      hiFixed = Math.round(heatIndex * HEAT_INDEX_UNIT);
      hiCenti = toCenti(heatIndex);
    }

    const chunk = chunks[slot >>> CHUNK_SHIFT]!;
    const { u16, i16 } = chunk;
    let pane = newestPane[slot]!;
    if (minute !== newestMinute[slot] || (u16[pane * PANE_I16 + FLAGS]! & (DIRTY | HANDED)) !== DIRTY) {
      pane = locatePane(core, slot, minute, absent);
      if (pane < 0) {
        refuse(row, 'late');
        continue;
      }
    }

    let quality: number = observationQuality(
      t,
      h,
      w,
      observedMs - newestMs[slot]!,
      cities.temperature[slot]!,
      cities.humidity[slot]!,
      cities.wind[slot]!,
    );
    if (clipped && quality !== QualityFlag.FAILED) quality = QualityFlag.QUESTIONED;

    const half = pane * PANE_I16;
    let flags = u16[half + FLAGS]!;
    if (risk > (flags & RISK_BITS)) flags = (flags & ~RISK_BITS) | risk;
    const paneQuality = (flags & QUALITY_BITS) >> QUALITY_SHIFT;
    if (quality !== paneQuality) {
      flags = (flags & ~QUALITY_BITS) | (worseQuality(paneQuality, quality) << QUALITY_SHIFT);
    }
    u16[half + FLAGS] = flags;
    const count = u16[half + COUNT]!;
    if (
      (flags & (SIDE | ABSENT_BITS)) !== absent << ABSENT_SHIFT ||
      count >= MAX_PANE_OBSERVATIONS ||
      hiCenti > MAX_CENTI ||
      hiCenti < -MAX_CENTI ||
      !(tIs16 || fits(tCenti)) ||
      !(hIs16 || fits(hCenti)) ||
      !(wIs16 || fits(wCenti))
    ) {
      addToSidePane(
        core,
        { chunk, slot, pane },
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
      u16[half + COUNT] = count + 1;
      const { i32, f64 } = chunk;
      const word = pane * PANE_I32;
      if ((flags & ABSENT_T) === 0) {
        i32[word + SUM_T]! += tCenti;
        if (tCenti < i16[half + MIN_T]!) i16[half + MIN_T] = tCenti;
        if (tCenti > i16[half + MAX_T]!) i16[half + MAX_T] = tCenti;
      }
      if ((flags & ABSENT_H) === 0) {
        i32[word + SUM_H]! += hCenti;
        if (hCenti < i16[half + MIN_H]!) i16[half + MIN_H] = hCenti;
        if (hCenti > i16[half + MAX_H]!) i16[half + MAX_H] = hCenti;
      }
      if ((flags & ABSENT_W) === 0) {
        i32[word + SUM_W]! += wCenti;
        if (wCenti < i16[half + MIN_W]!) i16[half + MIN_W] = wCenti;
        if (wCenti > i16[half + MAX_W]!) i16[half + MAX_W] = wCenti;
      }
      if ((flags & (ABSENT_T | ABSENT_H)) === 0) {
        f64[pane * PANE_F64]! += hiFixed;
        if (hiCenti < i16[half + MIN_HI]!) i16[half + MIN_HI] = hiCenti;
        if (hiCenti > i16[half + MAX_HI]!) i16[half + MAX_HI] = hiCenti;
      }
    }
    chunk.rowChanged[pane >> CHUNK_SHIFT] = 1;

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
    heardMs[slot] = logTimeMs;
    cities.markChanged(slot);
    added++;
  }
  return added;
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
