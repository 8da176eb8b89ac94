import { heatIndexCelsius } from '@isotherm/domain';
import { type BatchOutcome, createReferenceDedup } from './reference-dedup.ts';
import { metricOf, type ReferenceMetric } from './reference-metric.ts';
import type { ReferenceObservations, ReferenceRecord, ReferenceRow, ReferenceSettings } from './reference-record.ts';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
/** Widths of the windows of a row, in minutes. */
const WIDTHS = [5, 60, 1440];
/** Panes are kept by the hour modulo so many: an hour takes the place of the one so long before it. */
const KEPT_HOURS = 27;
/** A row up to so many hours behind its city's newest has all it needs. */
const WHOLE_HOURS = 2;

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
  /** Outcome of each slice, by record, then slice; a record without slices has none. */
  readonly slices: readonly (readonly BatchOutcome[])[];
  /** Rows whose minute was sealed when their turn came. */
  readonly late: readonly RowPosition[];
  /** Rows whose city found no room. */
  readonly tooManyCities: readonly RowPosition[];
  /** Rows of replays whose letter counted already. */
  readonly replayed: readonly RowPosition[];
  readonly counters: { readonly applied: number; readonly duplicate: number; readonly dead: number };
  readonly cityIds: readonly string[];
  /** Minutes since the epoch with an observation that counts, ascending. */
  minutes(cityId: string): readonly number[];
  /** A city's minute; undefined without an observation that counts. */
  pane(cityId: string, minute: number): ReferenceAggregate | undefined;
  /** The minutes [minute − width, minute], both ends included. */
  rolling(cityId: string, minute: number, width: number): ReferenceAggregate;
  /** Whether that window cannot be told in the minute's row, because a backfill came after what it covers was let go. */
  isLost(cityId: string, minute: number, width: number): boolean;
  /** The newest observation that counts; of two at the same time the later in the log. */
  newest(cityId: string): ReferenceRow | undefined;
  /** min(newest observation, log time) − out-of-orderness. NaN for an unknown city. */
  watermarkMs(cityId: string): number;
  readonly logTimeMs: number;
}

interface CityHistory {
  readonly rowsByMinute: Map<number, ReferenceRow[]>;
  newest: ReferenceRow | undefined;
  /** Windows that cannot be told, by minute of the row. */
  readonly lostWidths: Map<number, readonly number[]>;
  /** Minutes that the replay under way changed so far back that rows of theirs may lack windows. */
  backfilled: number[];
}

/**
 * What a partition's results must be after these records, by the definitions of docs and nothing clever: every row is
 * kept, every value added up anew. Shares the formula of the heat index with the product and nothing else.
 *
 * Not modelled: sessions forgotten because there are too many, and the limit of two hours on corrections where the
 * allowed lateness is longer.
 */
export function referenceModel(records: readonly ReferenceRecord[], settings: ReferenceSettings = {}): ReferenceResult {
  const outOfOrdernessMs = settings.outOfOrdernessMs ?? 5_000;
  const allowedLatenessMs = settings.allowedLatenessMs ?? 3_600_000;
  const maxCities = settings.maxCities ?? Number.POSITIVE_INFINITY;
  const heatIndex = heatIndexCelsius(settings.formula ?? 'NWS');
  const dedup = createReferenceDedup();
  const cities = new Map<string, CityHistory>();
  const slices: BatchOutcome[][] = [];
  const late: RowPosition[] = [];
  const tooManyCities: RowPosition[] = [];
  const replayed: RowPosition[] = [];
  const lettersCounted = new Set<string>();
  const counters = { applied: 0, duplicate: 0, dead: 0 };
  let logTimeMs = 0;

  records.forEach((record, recordIndex) => {
    const beforeMs = logTimeMs;
    logTimeMs = Math.max(logTimeMs, record.appendMs);
    dedup.advance(beforeMs, logTimeMs);
    const outcomes: BatchOutcome[] = [];
    slices.push(outcomes);
    if (record.kind === 'cityRemoved') cities.delete(record.cityId);
    if (record.kind !== 'observations') return;
    if (record.replay !== undefined) {
      replay(record, record.replay, recordIndex, outcomes);
      return;
    }
    record.slices.forEach((slice, sliceIndex) => {
      const outcome = dedup.outcomeOf(slice, logTimeMs);
      outcomes.push(outcome);
      if (outcome === 'duplicate') {
        counters.duplicate += slice.rows.length;
        return;
      }
      counters.dead += slice.rejected?.length ?? 0;
      if (outcome !== 'fresh') {
        counters.dead += slice.rows.length;
        return;
      }
      slice.rows.forEach((row, rowIndex) => {
        const refusal = addRow(row, false);
        if (refusal === undefined) {
          counters.applied++;
          return;
        }
        counters.dead++;
        refusal.push({ record: recordIndex, slice: sliceIndex, row: rowIndex });
      });
    });
  });

  /** Counts each letter once, for good. */
  function replay(
    record: ReferenceObservations,
    letters: NonNullable<ReferenceObservations['replay']>,
    recordIndex: number,
    outcomes: BatchOutcome[],
  ): void {
    let letter = 0;
    const nextLetter = (): string => JSON.stringify(letters[letter++]);
    record.slices.forEach((slice, sliceIndex) => {
      const outcome = dedup.outcomeOf(slice, logTimeMs);
      outcomes.push(outcome);
      slice.rows.forEach((row, rowIndex) => {
        const id = nextLetter();
        const position = { record: recordIndex, slice: sliceIndex, row: rowIndex };
        const skipped = outcome === 'fresh' && lettersCounted.has(id);
        if (skipped) replayed.push(position);
        if (skipped || outcome === 'duplicate') counters.duplicate++;
        else if (outcome !== 'fresh') counters.dead++;
        else {
          const refusal = addRow(row, true);
          if (refusal === undefined) {
            counters.applied++;
            lettersCounted.add(id);
          } else {
            counters.dead++;
            refusal.push(position);
          }
        }
      });
    });
    for (const city of cities.values()) settleBackfill(city);
    record.slices.forEach((slice, sliceIndex) => {
      for (const _ of slice.rejected ?? []) {
        const counted = lettersCounted.has(nextLetter());
        if (outcomes[sliceIndex] === 'duplicate') continue;
        if (counted) counters.duplicate++;
        else counters.dead++;
      }
    });
  }

  /** Rows behind those that have all they need were made anew just now: which of their windows cannot be told? */
  function settleBackfill(city: CityHistory): void {
    const newestHour = hourOf(minuteOf(city.newest!));
    const hours = [...city.rowsByMinute.keys()].map(hourOf);
    const wasLetGo = (hour: number) => hours.some((later) => later > hour && (later - hour) % KEPT_HOURS === 0);
    for (const minute of city.rowsByMinute.keys()) {
      const touched = city.backfilled.some((from) => minute >= from && minute <= from + 1440);
      if (!touched || newestHour - hourOf(minute) <= WHOLE_HOURS) continue;
      const isLost = (width: number): boolean => {
        for (let hour = hourOf(minute - width); hour <= hourOf(minute); hour++) if (wasLetGo(hour)) return true;
        return false;
      };
      city.lostWidths.set(minute, WIDTHS.filter(isLost));
    }
    city.backfilled = [];
  }

  /** Adds a row to its city, or says which list of refused rows it belongs to. */
  function addRow(row: ReferenceRow, isReplay: boolean): RowPosition[] | undefined {
    let city = cities.get(row.cityId);
    if (city === undefined) {
      if (cities.size >= maxCities) return tooManyCities;
      city = { rowsByMinute: new Map(), newest: undefined, lostWidths: new Map(), backfilled: [] };
      cities.set(row.cityId, city);
    }
    const minute = minuteOf(row);
    const paneEndMs = (minute + 1) * MINUTE_MS;
    const hoursBehind = city.newest === undefined ? 0 : hourOf(minuteOf(city.newest)) - hourOf(minute);
    if (paneEndMs <= watermarkMs(row.cityId) - allowedLatenessMs) {
      if (!isReplay || hoursBehind >= KEPT_HOURS) return late;
      if (hoursBehind > WHOLE_HOURS) city.backfilled.push(minute);
    }
    if (hoursBehind < 0) settleBackfill(city);
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
    replayed,
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
    isLost: (cityId, minute, width) => cities.get(cityId)?.lostWidths.get(minute)?.includes(width) ?? false,
    newest: (cityId) => cities.get(cityId)?.newest,
    watermarkMs,
    logTimeMs,
  };
}

function minuteOf(row: ReferenceRow): number {
  return Math.floor(row.observedMs / MINUTE_MS);
}

function hourOf(minute: number): number {
  return Math.floor(minute / HOUR_MINUTES);
}
