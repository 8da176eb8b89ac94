import type { ResultSettings } from '@isotherm/records';

/** Rows of a batch part, and the cities they are of. */
export interface ReadRows {
  /** Index of each row's city in `numbers`. */
  readonly cityIndex: Uint32Array;
  /** Of each city its number in the registry. */
  readonly numbers: Uint32Array;
  readonly observedMs: Float64Array;
  /** Of each row 0 or the reason to reject it; undefined: all are taken. */
  readonly reasons: Uint8Array | undefined;
}

/** The newest time of observation of each city that this process has taken. */
export interface NewestReadings {
  /**
   * Takes note of the accepted rows.
   * @param logTimeMs no later than the stamp that they will get
   * @returns how many of them are late, for all that this process knows: their minutes are sealed by rows before them
   */
  note(rows: ReadRows, logTimeMs: number): number;
  /** Forgets all cities: rows that it knows of may not be in the log. */
  forget(): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Hours behind its newest one that a city's minutes can be corrected in: CORRECTABLE_HOURS of the domain. */
const CORRECTABLE_HOURS = 2;

/** Creates an empty memory; the rules of lateness are the log's. */
export function createNewestReadings(
  settings: Pick<ResultSettings, 'outOfOrdernessMs' | 'allowedLatenessMs'>,
): NewestReadings {
  const marginMs = settings.outOfOrdernessMs + settings.allowedLatenessMs;
  let newest = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);

  function reserve(count: number): void {
    if (count <= newest.length) return;
    const wider = new Float64Array(2 ** Math.ceil(Math.log2(count))).fill(Number.NEGATIVE_INFINITY);
    wider.set(newest);
    newest = wider;
  }

  return {
    note({ cityIndex, numbers, observedMs, reasons }, logTimeMs) {
      let highest = 0;
      for (let row = 0; row < cityIndex.length; row += 1) {
        const number = numbers[cityIndex[row]!] ?? 0;
        if (number > highest) highest = number;
      }
      reserve(highest + 1);
      let late = 0;
      for (let row = 0; row < cityIndex.length; row += 1) {
        if (reasons !== undefined && reasons[row] !== 0) continue;
        const number = numbers[cityIndex[row]!]!;
        const at = observedMs[row]!;
        const before = newest[number]!;
        if (at > before) newest[number] = at;
        else {
          const sealedMs = (before < logTimeMs ? before : logTimeMs) - marginMs;
          const reachMs = (Math.floor(before / HOUR_MS) - CORRECTABLE_HOURS) * HOUR_MS;
          if (at < reachMs || (at < sealedMs && at - (at % MINUTE_MS) + MINUTE_MS <= sealedMs)) late += 1;
        }
      }
      return late;
    },
    forget() {
      newest.fill(Number.NEGATIVE_INFINITY);
    },
  };
}
