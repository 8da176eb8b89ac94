import { CITY_STRING_BIT, MISSING_CENTI, NO_PRODUCER, type Producer, type RejectedRow } from './log-record.ts';
import { type PlannedObservations, planObservations, writeObservationsFrame } from './observations-frame.ts';
import { sealRecord } from './record-header.ts';
import { MISSING_DIGEST, rowDigestHigh, rowDigestLow, textDigest, valueDigest, withSensor } from './row-digest.ts';

/** An accepted observation, as people write it. */
export interface ObservationInput {
  readonly cityId: string;
  /** Milliseconds since the epoch, a whole number. */
  readonly observedMs: number;
  /** °C; undefined: not measured. */
  readonly temperature?: number | undefined;
  /** Percent; undefined: not measured. */
  readonly humidity?: number | undefined;
  /** Metres per second; undefined: not measured. */
  readonly wind?: number | undefined;
  readonly sensorId?: string | undefined;
}

/** A slice of {@link encodeObservations}. */
export interface SliceInput {
  /** Who sent it. Default: empty, nobody in particular. */
  readonly tenant?: string;
  /** Default none: the slice is never recognised as a duplicate. */
  readonly producer?: Producer & { readonly sequence: number; readonly createdAtMs: number };
  readonly rows: readonly ObservationInput[];
  readonly rejected?: readonly Omit<RejectedRow, 'slice'>[];
  /** Default: that of `rows`. */
  readonly digest?: { readonly low: number; readonly high: number };
}

/** The dead letter of a row of {@link encodeObservations}. */
export interface ReplayInput {
  /** Offset of the letter. */
  readonly offset: number;
  /** Row of the letter within its record. */
  readonly row: number;
  /** How often it was replayed, this time included: 1 for the first. */
  readonly attempt: number;
  /** Milliseconds since the epoch, a whole number. */
  readonly firstSeenMs: number;
}

/** A canonical decimal integer below 2³¹ is its own reference; undefined for any other id. */
export function numericCityRef(cityId: string): number | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(cityId)) return undefined;
  const ref = Number(cityId);
  return ref < CITY_STRING_BIT ? ref : undefined;
}

/** The hundredths of a value if they are exact and fit a fixed-point column; undefined otherwise. */
export function exactCenti(value: number): number | undefined {
  const centi = Math.round(value * 100);
  return centi / 100 === value && centi > MISSING_CENTI && centi <= 32_767 ? centi : undefined;
}

/**
 * Encodes a record from rows: the simple way. Ingest fills columns itself, see `planObservations`.
 * @throws RangeError if a text is too long, or `replay` does not have one valid letter a row.
 */
export function encodeObservations(input: {
  readonly slices: readonly SliceInput[];
  /** Default none. */
  readonly traceParent?: string;
  /**
   * Makes the record a replay: the dead letter of each row, those of the slices' `rows` first, then those of their
   * `rejected`, each in order of the slices. Default: it is none.
   */
  readonly replay?: readonly ReplayInput[] | undefined;
}): Uint8Array {
  const rows = input.slices.flatMap((slice) => slice.rows);
  const cities = createTable<string>();
  const sensors = createTable<string>();
  const tenants = createTable<string>();
  const producers = createTable<Producer>((producer) => `${producer.session}/${producer.id}`);
  const cityRefs = rows.map((row) => numericCityRef(row.cityId) ?? CITY_STRING_BIT + cities.indexOf(row.cityId));
  const sensorRefs = rows.map((row) => (row.sensorId === undefined ? 0 : 1 + sensors.indexOf(row.sensorId)));
  const sliceProducers = input.slices.map(({ producer }) =>
    producer === undefined ? NO_PRODUCER : producers.indexOf({ id: producer.id, session: producer.session }),
  );
  const sliceTenants = input.slices.map(({ tenant = '' }) => tenants.indexOf(tenant));
  const times = rows.map((row) => row.observedMs);
  const baseMs = times.reduce((a, b) => Math.min(a, b), times[0] ?? 0);
  const span = times.reduce((a, b) => Math.max(a, b), baseMs) - baseMs;
  const needsWide = (value: number | undefined) => value !== undefined && exactCenti(value) === undefined;
  const frame = {
    baseMs,
    rowCount: rows.length,
    sliceCount: input.slices.length,
    wide: {
      time: span > 0xffff_ffff,
      temperature: rows.some((row) => needsWide(row.temperature)),
      humidity: rows.some((row) => needsWide(row.humidity)),
      wind: rows.some((row) => needsWide(row.wind)),
    },
    sensors: sensorRefs.some((ref) => ref !== 0),
    traceParent: input.traceParent ?? '',
    tenants: tenants.entries,
    producers: producers.entries,
    cityStrings: cities.entries,
    sensorStrings: sensors.entries,
    rejectedRows: input.slices.flatMap((slice, index) =>
      (slice.rejected ?? []).map((rejected) => ({ ...rejected, slice: index })),
    ),
    replay: input.replay !== undefined,
  };
  if (input.replay !== undefined) checkReplay(input.replay, rows.length + frame.rejectedRows.length);
  const plan = planObservations(frame);
  const bytes = new Uint8Array(plan.byteLength);
  writeObservationsFrame(bytes, frame, plan);
  const view = new DataView(bytes.buffer);
  rows.forEach((row, index) => {
    view.setUint32(plan.cityRef + 4 * index, cityRefs[index]!, true);
    if (frame.wide.time) view.setFloat64(plan.observed + 8 * index, row.observedMs - baseMs, true);
    else view.setUint32(plan.observed + 4 * index, row.observedMs - baseMs, true);
    writeValue(view, plan.temperature, index, frame.wide.temperature, row.temperature);
    writeValue(view, plan.humidity, index, frame.wide.humidity, row.humidity);
    writeValue(view, plan.wind, index, frame.wide.wind, row.wind);
    if (frame.sensors) view.setUint16(plan.sensor + 2 * index, sensorRefs[index]!, true);
  });
  writeSlices(view, plan, input.slices, { tenants: sliceTenants, producers: sliceProducers });
  input.replay?.forEach((letter, index) => {
    view.setFloat64(plan.letterOffset + 8 * index, letter.offset, true);
    view.setFloat64(plan.letterFirstSeen + 8 * index, letter.firstSeenMs, true);
    view.setUint32(plan.letterRow + 4 * index, letter.row, true);
    view.setUint16(plan.letterAttempt + 2 * index, letter.attempt, true);
  });
  sealRecord(bytes);
  return bytes;
}

function checkReplay(letters: readonly ReplayInput[], rows: number): void {
  if (letters.length !== rows) throw new RangeError(`a replay of ${rows} rows names ${letters.length} letters`);
  const check = (what: string, value: number, from: number, to: number): void => {
    if (Number.isInteger(value) && value >= from && value <= to) return;
    throw new RangeError(`${what} of a letter is ${value}; it takes whole numbers from ${from} to ${to}`);
  };
  for (const letter of letters) {
    check('offset', letter.offset, 0, Number.MAX_SAFE_INTEGER);
    check('row', letter.row, 0, 0xffff_ffff);
    check('attempt', letter.attempt, 1, 0xffff);
    check('firstSeenMs', letter.firstSeenMs, 0, Number.MAX_SAFE_INTEGER);
  }
}

function writeSlices(
  view: DataView,
  plan: PlannedObservations,
  slices: readonly SliceInput[],
  { tenants, producers }: { readonly tenants: readonly number[]; readonly producers: readonly number[] },
): void {
  let rowEnd = 0;
  slices.forEach((slice, index) => {
    rowEnd += slice.rows.length;
    const digest = slice.digest ?? digestOf(slice.rows);
    view.setFloat64(plan.sequence + 8 * index, slice.producer?.sequence ?? 0, true);
    view.setFloat64(plan.createdAt + 8 * index, slice.producer?.createdAtMs ?? Number.NaN, true);
    view.setUint32(plan.rowEnd + 4 * index, rowEnd, true);
    view.setUint32(plan.digestLow + 4 * index, digest.low, true);
    view.setUint32(plan.digestHigh + 4 * index, digest.high, true);
    view.setUint16(plan.tenant + 2 * index, tenants[index]!, true);
    view.setUint16(plan.producer + 2 * index, producers[index]!, true);
  });
}

function writeValue(view: DataView, at: number, index: number, wide: boolean, value: number | undefined): void {
  if (wide) view.setFloat64(at + 8 * index, value ?? Number.NaN, true);
  else view.setInt16(at + 2 * index, value === undefined ? MISSING_CENTI : exactCenti(value)!, true);
}

function digestOf(rows: readonly ObservationInput[]): { low: number; high: number } {
  let low = 0;
  let high = 0;
  const digest = (value: number | undefined) => (value === undefined ? MISSING_DIGEST : valueDigest(value));
  for (const row of rows) {
    const sensor = row.sensorId === undefined || row.sensorId === '' ? undefined : textDigest(row.sensorId);
    const city = textDigest(row.cityId);
    const [cityLow, cityHigh] =
      sensor === undefined ? city : [withSensor(city[0], sensor[0]), withSensor(city[1], sensor[1])];
    const values = [digest(row.temperature), digest(row.humidity), digest(row.wind)] as const;
    low = (low + rowDigestLow(cityLow, row.observedMs, ...values)) | 0;
    high = (high + rowDigestHigh(cityHigh, row.observedMs, ...values)) | 0;
  }
  return { low: low >>> 0, high: high >>> 0 };
}

function createTable<T>(keyOf: (entry: T) => unknown = (entry) => entry) {
  const entries: T[] = [];
  const indexes = new Map<unknown, number>();
  return {
    entries: entries as readonly T[],
    indexOf(entry: T): number {
      const key = keyOf(entry);
      const known = indexes.get(key);
      if (known !== undefined) return known;
      indexes.set(key, entries.length);
      return entries.push(entry) - 1;
    },
  };
}
