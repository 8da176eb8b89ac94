import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeObservations, type ObservationInput, type ReplayInput, type SliceInput } from './encode-observations.ts';
import {
  CITY_STRING_BIT,
  MISSING_CENTI,
  NO_PRODUCER,
  type ObservationsRecord,
  type ValueColumn,
} from './log-record.ts';
import { layOutObservations } from './observations-layout.ts';
import { sealRecord } from './record-header.ts';
import { createRecordReader } from './record-reader.ts';

const STAMP_MS = 1_750_000_000_000;
const DAY_MS = 86_400_000;

const value = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: -9_220, max: 32_767 }).map((centi) => centi / 100),
  fc.double({ min: -92.2, max: 500, noNaN: true }),
);

const row: fc.Arbitrary<ObservationInput> = fc.record({
  cityId: fc.oneof(
    fc.nat({ max: 2 ** 31 + 5 }).map(String),
    fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme' }),
  ),
  observedMs: fc.oneof(
    fc.integer({ min: STAMP_MS - 60_000, max: STAMP_MS }),
    fc.integer({ min: STAMP_MS - 900 * DAY_MS, max: STAMP_MS }),
  ),
  temperature: value,
  humidity: value,
  wind: value,
  sensorId: fc.oneof(fc.constant(undefined), fc.constantFrom('north', 'süd')),
});

const slice: fc.Arbitrary<SliceInput> = fc.record(
  {
    producer: fc.record({
      id: fc.constantFrom('alpha', 'beta'),
      session: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      createdAtMs: fc.integer({ min: 0, max: STAMP_MS }),
    }),
    rows: fc.array(row, { maxLength: 20 }),
    rejected: fc.array(
      fc.record({
        batchRow: fc.nat(),
        reason: fc.nat({ max: 14 }),
        message: fc.string({ unit: 'grapheme' }),
        observation: fc.uint8Array({ maxLength: 40 }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['rows'] },
);

const letter: fc.Arbitrary<ReplayInput> = fc.record({
  offset: fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)),
  row: fc.integer({ min: 0, max: 0xffff_ffff }),
  attempt: fc.integer({ min: 1, max: 0xffff }),
  firstSeenMs: fc.integer({ min: 0, max: STAMP_MS }),
});

describe('A record of observations', () => {
  it('gives back every row, slice, producer and rejected row exactly', () => {
    const reader = createRecordReader({ initialBytes: 64 });
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 6 }), (slices) => {
        const record = decode(reader, encodeObservations({ slices }));
        expect(rowsOf(record)).toEqual(slices.flatMap((input) => input.rows.map(plain)));
        expect(slicesOf(record)).toEqual(slices.map((input) => [input.producer, input.rows.length]));
        expect(record.rejectedRows).toEqual(
          slices.flatMap((input, index) => (input.rejected ?? []).map((rejected) => ({ ...rejected, slice: index }))),
        );
      }),
    );
  });

  it('gives back the letter of every row of a replay, accepted rows first', () => {
    const reader = createRecordReader({ initialBytes: 64 });
    const replay = fc.array(slice, { maxLength: 4 }).chain((slices) => {
      const rows = slices.reduce((sum, input) => sum + input.rows.length + (input.rejected ?? []).length, 0);
      return fc.tuple(fc.constant(slices), fc.array(letter, { minLength: rows, maxLength: rows }));
    });
    fc.assert(
      fc.property(replay, ([slices, letters]) => {
        const record = decode(reader, encodeObservations({ slices, replay: letters }));
        expect(rowsOf(record)).toEqual(slices.flatMap((input) => input.rows.map(plain)));
        expect(record.rejectedRows).toHaveLength(letters.length - record.rowCount);
        const { offset, row, attempt, firstSeenMs } = record.replay!;
        expect([...offset]).toEqual(letters.map((input) => input.offset));
        expect([...row]).toEqual(letters.map((input) => input.row));
        expect([...attempt]).toEqual(letters.map((input) => input.attempt));
        expect([...firstSeenMs]).toEqual(letters.map((input) => input.firstSeenMs));
      }),
    );
  });

  it('that is no replay has no letters', () => {
    const rows = [{ cityId: '42', observedMs: STAMP_MS, temperature: 21.5, sensorId: 's' }];
    const bytes = encodeObservations({ slices: [{ rows }] });
    expect(decode(createRecordReader(), bytes).replay).toBeUndefined();
  });

  it('names the tenant of each slice, and is refused where a slice names none', () => {
    const rows = [{ cityId: '42', observedMs: STAMP_MS, temperature: 21.5 }];
    const slices = ['north', 'south', 'north'].map((tenant) => ({ tenant, rows }));
    const bytes = encodeObservations({ slices });
    const record = decode(createRecordReader(), bytes);
    expect([record.tenants, [...record.slices.tenant]]).toEqual([
      ['north', 'south'],
      [0, 1, 0],
    ]);
    const { tenant } = layOutObservations(0, { rowCount: 3, sliceCount: 3, rejectedCount: 0 });
    bytes[tenant] = 2;
    sealRecord(bytes);
    expect(() => createRecordReader().decode(bytes)).toThrow('slice 0 is of tenant 2 of 2');
  });

  it('takes exactly one letter a row for a replay, and only ones that can be', () => {
    const rows = [{ cityId: '42', observedMs: STAMP_MS, temperature: 21.5 }];
    const good = { offset: 0, row: 0, attempt: 1, firstSeenMs: 0 };
    const wrong = [{ offset: -1 }, { offset: 0.5 }, { row: 2 ** 32 }, { attempt: 0 }, { firstSeenMs: Number.NaN }];
    for (const replay of [[], [good, good], ...wrong.map((change) => [{ ...good, ...change }])]) {
      expect(() => encodeObservations({ slices: [{ rows }], replay })).toThrow(RangeError);
    }
  });

  it('keeps hundredths in fixed point and widens only the column that needs more', () => {
    const record = decode(
      createRecordReader(),
      encodeObservations({
        slices: [
          {
            rows: [
              { cityId: '42', observedMs: STAMP_MS, temperature: 21.57, humidity: 40.123, wind: 3 },
              { cityId: 'x', observedMs: STAMP_MS + 5, humidity: 41 },
            ],
          },
        ],
      }),
    );
    expect(record.temperature).toEqual({ kind: 'centi', values: Int16Array.of(2157, MISSING_CENTI) });
    expect(record.humidity).toEqual({ kind: 'wide', values: Float64Array.of(40.123, 41) });
    expect(record.wind).toEqual({ kind: 'centi', values: Int16Array.of(300, MISSING_CENTI) });
    expect([...record.cityRef]).toEqual([42, CITY_STRING_BIT]);
    expect(record.sensor).toBeUndefined();
  });

  it('keeps times that lie years apart to the millisecond', () => {
    const times = [STAMP_MS, STAMP_MS - 900 * DAY_MS + 1, STAMP_MS - 1];
    const record = decode(
      createRecordReader(),
      encodeObservations({
        slices: [{ rows: times.map((observedMs) => ({ cityId: '1', observedMs, wind: 1 })) }],
      }),
    );
    expect(record.observedOffsetMs).toBeInstanceOf(Float64Array);
    expect([...record.observedOffsetMs].map((offset) => record.baseMs + offset)).toEqual(times);
  });

  it('spends 14 bytes a row besides 50 for the record and 32 for each slice', () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ cityId: `${index}`, observedMs: STAMP_MS, wind: 1 }));
    const bytes = encodeObservations({ slices: [{ rows }] });
    expect(bytes.byteLength).toBe(50 + 32 + 14 * rows.length);
  });
});

function decode(reader: ReturnType<typeof createRecordReader>, bytes: Uint8Array): ObservationsRecord {
  const record = reader.decode(bytes);
  if (record.kind !== 'observations') throw new Error(`a record of ${record.kind}`);
  return record;
}

function plain(input: ObservationInput) {
  return [
    input.cityId,
    input.observedMs,
    clean(input.temperature),
    clean(input.humidity),
    clean(input.wind),
    input.sensorId,
  ];
}

function clean(value: number | undefined): number | undefined {
  return value === 0 ? 0 : value;
}

function rowsOf(record: ObservationsRecord) {
  return Array.from({ length: record.rowCount }, (_, index) => {
    const ref = record.cityRef[index]!;
    const sensor = record.sensor?.[index] ?? 0;
    return [
      ref < CITY_STRING_BIT ? String(ref) : record.cityStrings[ref - CITY_STRING_BIT],
      record.baseMs + record.observedOffsetMs[index]!,
      valueAt(record.temperature, index),
      valueAt(record.humidity, index),
      valueAt(record.wind, index),
      sensor === 0 ? undefined : record.sensorStrings[sensor - 1],
    ];
  });
}

function valueAt(column: ValueColumn, row: number): number | undefined {
  const entry = column.values[row]!;
  if (column.kind === 'centi') return entry === MISSING_CENTI ? undefined : entry / 100;
  return Number.isNaN(entry) ? undefined : clean(entry);
}

function slicesOf({ slices, producers }: ObservationsRecord) {
  return Array.from({ length: slices.count }, (_, index) => {
    const producer = slices.producer[index]!;
    const known =
      producer === NO_PRODUCER
        ? undefined
        : { ...producers[producer]!, sequence: slices.sequence[index]!, createdAtMs: slices.createdAtMs[index]! };
    return [known, slices.rowEnd[index]! - (index === 0 ? 0 : slices.rowEnd[index - 1]!)];
  });
}
