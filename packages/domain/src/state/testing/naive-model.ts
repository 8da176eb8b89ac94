import type { ResultSettings } from '@isotherm/records';
import type { TestRow } from './observations-record.ts';

const MINUTE_MS = 60_000;

/** What a window or a pane should hold, computed the obvious way. */
export interface NaiveMetric {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Everything known of a city, kept as a list of observations. */
interface NaiveCity {
  newestMs: number;
  readonly observations: { readonly minute: number; readonly row: TestRow; readonly heatIndex: number }[];
}

/** A metric of the model. */
export type NaiveMetricName = 'heatIndex' | 't' | 'h' | 'w';

/** The rules of DESIGN.md §3 over lists of observations: slow, and easy to believe. */
export class NaiveModel {
  readonly cities = new Map<string, NaiveCity>();
  readonly #settings: ResultSettings;
  readonly #heatIndex: (t: number, h: number) => number;
  logTimeMs = 0;
  late = 0;
  applied = 0;

  constructor(settings: ResultSettings, heatIndex: (t: number, h: number) => number) {
    this.#settings = settings;
    this.#heatIndex = heatIndex;
  }

  tick(appendMs: number): void {
    this.logTimeMs = Math.max(this.logTimeMs, appendMs);
  }

  /** Adds an observation, unless its minute is sealed. */
  add(sent: TestRow): void {
    const row = sent.h !== undefined && sent.h > 100 ? { ...sent, h: 100 } : sent;
    const minute = Math.floor(row.observedMs / MINUTE_MS);
    let city = this.cities.get(row.city);
    if (city === undefined) {
      city = { newestMs: Number.NEGATIVE_INFINITY, observations: [] };
      this.cities.set(row.city, city);
    }
    const watermark = Math.min(city.newestMs, this.logTimeMs) - this.#settings.outOfOrdernessMs;
    const sealed = (minute + 1) * MINUTE_MS <= watermark - this.#settings.allowedLatenessMs;
    const newestHour = Math.floor(city.newestMs / (60 * MINUTE_MS));
    if (city.observations.length > 0 && (sealed || Math.floor(minute / 60) < newestHour - 2)) {
      this.late++;
      return;
    }
    this.applied++;
    city.newestMs = Math.max(city.newestMs, row.observedMs);
    const heatIndex = row.t === undefined || row.h === undefined ? Number.NaN : this.#heatIndex(row.t, row.h);
    city.observations.push({ minute, row, heatIndex });
  }

  /** Minutes of a city that hold observations. */
  minutes(city: string): ReadonlySet<number> {
    return new Set(this.cities.get(city)?.observations.map(({ minute }) => minute));
  }

  count(city: string, from: number, to: number): number {
    return this.#within(city, from, to).length;
  }

  /** A metric over the minutes [from, to]. */
  metric(
    city: string,
    name: NaiveMetricName,
    { from, to }: { readonly from: number; readonly to: number },
  ): NaiveMetric {
    const values = this.#within(city, from, to)
      .map(({ row, heatIndex }) => (name === 'heatIndex' ? heatIndex : (row[name] ?? Number.NaN)))
      .filter((value) => !Number.isNaN(value));
    return {
      count: values.length,
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      min: Math.min(...values),
      max: Math.max(...values),
    };
  }

  #within(city: string, from: number, to: number) {
    return (this.cities.get(city)?.observations ?? []).filter(({ minute }) => minute >= from && minute <= to);
  }
}
