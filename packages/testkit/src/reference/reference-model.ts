import { heatIndexCelsius } from '@isotherm/domain';
import { type BatchVerdict, createReferenceDedup } from './reference-dedup.ts';
import { metricOf, type ReferenceMetric } from './reference-metric.ts';
import type { ReferenceRecord, ReferenceRow, ReferenceSettings } from './reference-record.ts';

const MINUTE_MS = 60_000;

/** The four metrics over some minutes of a city. */
export interface ReferenceAggregate {
  /** Observations, values missing or not. */
  readonly count: number;
  readonly heatIndex: ReferenceMetric;
  readonly temperature: ReferenceMetric;
  readonly humidity: ReferenceMetric;
  readonly wind: ReferenceMetric;
}

/** Where a row stands in the list of records. */
export interface RowPosition {
  readonly record: number;
  readonly slice: number;
  /** Within the slice. */
  readonly row: number;
}

/** What became of everything. */
export interface ReferenceResult {
  /** Verdict on each slice, by record, then slice; a record without slices has none. */
  readonly slices: readonly (readonly BatchVerdict[])[];
  /** Rows whose minute was sealed when their turn came. */
  readonly late: readonly RowPosition[];
  /** Rows whose city found no room. */
  readonly tooManyCities: readonly RowPosition[];
  readonly counters: { readonly applied: number; readonly duplicate: number; readonly dead: number };
  readonly cityIds: readonly string[];
  /** Minutes since the epoch with an observation that counts, ascending. */
  minutes(cityId: string): readonly number[];
  /** A city's minute; undefined without an observation that counts. */
  pane(cityId: string, minute: number): ReferenceAggregate | undefined;
  /** The minutes [minute − width, minute], both ends included. */
  rolling(cityId: string, minute: number, width: number): ReferenceAggregate;
  /** The newest observation that counts; of two at the same time the later in the log. */
  newest(cityId: string): ReferenceRow | undefined;
  /** min(newest observation, log time) − out-of-orderness. NaN for an unknown city. */
  watermarkMs(cityId: string): number;
  readonly logTimeMs: number;
}

interface CityHistory {
  readonly rowsByMinute: Map<number, ReferenceRow[]>;
  newest: ReferenceRow | undefined;
}

/**
 * What a partition's results must be after these records, by the definitions of docs and nothing clever: every row is
 * kept, every value added up anew. Shares the formula of the heat index with the product and nothing else.
 *
 * Not modelled: sessions forgotten after long silence, and the limit of two hours on corrections where the allowed
 * lateness is longer.
 */
export function referenceModel(records: readonly ReferenceRecord[], settings: ReferenceSettings = {}): ReferenceResult {
  const outOfOrdernessMs = settings.outOfOrdernessMs ?? 5_000;
  const allowedLatenessMs = settings.allowedLatenessMs ?? 3_600_000;
  const maxCities = settings.maxCities ?? Number.POSITIVE_INFINITY;
  const heatIndex = heatIndexCelsius(settings.formula ?? 'NWS');
  const dedup = createReferenceDedup();
  const cities = new Map<string, CityHistory>();
  const slices: BatchVerdict[][] = [];
  const late: RowPosition[] = [];
  const tooManyCities: RowPosition[] = [];
  const counters = { applied: 0, duplicate: 0, dead: 0 };
  let logTimeMs = 0;

  records.forEach((record, recordIndex) => {
    logTimeMs = Math.max(logTimeMs, record.stampMs);
    const verdicts: BatchVerdict[] = [];
    slices.push(verdicts);
    if (record.kind === 'cityRemoved') cities.delete(record.cityId);
    if (record.kind !== 'observations') return;
    record.slices.forEach((slice, sliceIndex) => {
      const verdict = dedup.judge(slice, record.stampMs);
      verdicts.push(verdict);
      if (verdict === 'duplicate') {
        counters.duplicate += slice.rows.length;
        return;
      }
      counters.dead += slice.rejected?.length ?? 0;
      if (verdict !== 'fresh') {
        counters.dead += slice.rows.length;
        return;
      }
      slice.rows.forEach((row, rowIndex) => {
        const refusal = addRow(row);
        if (refusal === undefined) {
          counters.applied++;
          return;
        }
        counters.dead++;
        refusal.push({ record: recordIndex, slice: sliceIndex, row: rowIndex });
      });
    });
  });

  /** Adds a row to its city, or says which list of refused rows it belongs to. */
  function addRow(row: ReferenceRow): RowPosition[] | undefined {
    let city = cities.get(row.cityId);
    if (city === undefined) {
      if (cities.size >= maxCities) return tooManyCities;
      city = { rowsByMinute: new Map(), newest: undefined };
      cities.set(row.cityId, city);
    }
    const minute = Math.floor(row.observedMs / MINUTE_MS);
    const paneEndMs = (minute + 1) * MINUTE_MS;
    if (paneEndMs <= watermarkMs(row.cityId) - allowedLatenessMs) return late;
    const rows = city.rowsByMinute.get(minute) ?? [];
    rows.push(row);
    city.rowsByMinute.set(minute, rows);
    if (city.newest === undefined || row.observedMs >= city.newest.observedMs) city.newest = row;
    return undefined;
  }

  function watermarkMs(cityId: string): number {
    const newest = cities.get(cityId)?.newest;
    return newest === undefined ? Number.NaN : Math.min(newest.observedMs, logTimeMs) - outOfOrdernessMs;
  }

  function aggregate(rows: readonly ReferenceRow[]): ReferenceAggregate {
    const values = (of: (row: ReferenceRow) => number | undefined): number[] =>
      rows.map(of).filter((value) => value !== undefined);
    return {
      count: rows.length,
      heatIndex: metricOf(
        values(({ temperature, humidity }) =>
          temperature === undefined || humidity === undefined
            ? undefined
            : heatIndex(temperature, Math.min(humidity, 100)),
        ),
      ),
      temperature: metricOf(values((row) => row.temperature)),
      humidity: metricOf(values(({ humidity }) => (humidity === undefined ? undefined : Math.min(humidity, 100)))),
      wind: metricOf(values((row) => row.wind)),
    };
  }

  return {
    slices,
    late,
    tooManyCities,
    counters,
    cityIds: [...cities.keys()],
    minutes: (cityId) => [...(cities.get(cityId)?.rowsByMinute.keys() ?? [])].sort((a, b) => a - b),
    pane(cityId, minute) {
      const rows = cities.get(cityId)?.rowsByMinute.get(minute);
      return rows === undefined ? undefined : aggregate(rows);
    },
    rolling(cityId, minute, width) {
      const rows: ReferenceRow[] = [];
      for (let m = minute - width; m <= minute; m++) rows.push(...(cities.get(cityId)?.rowsByMinute.get(m) ?? []));
      return aggregate(rows);
    },
    newest: (cityId) => cities.get(cityId)?.newest,
    watermarkMs,
    logTimeMs,
  };
}
