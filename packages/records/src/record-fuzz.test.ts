import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCityChange, encodeTick } from './encode-control.ts';
import { encodeObservations } from './encode-observations.ts';
import { layOutObservations } from './observations-layout.ts';
import { RecordFormatError } from './record-format-error.ts';
import { sealRecord } from './record-header.ts';
import { createRecordReader } from './record-reader.ts';

const OBSERVATIONS = encodeObservations({
  slices: [
    {
      producer: { id: 'feed', session: 9n, sequence: 4, createdAtMs: 1_750_000_000_000 },
      rows: [
        { cityId: '7', observedMs: 1_750_000_000_000, temperature: 20 },
        { cityId: 'named', observedMs: 1_750_000_000_001, wind: 1.234, sensorId: 's' },
      ],
      rejected: [{ batchRow: 2, reason: 4, message: 'too hot', observation: Uint8Array.of(1, 2) }],
    },
    { rows: [{ cityId: '8', observedMs: 0, humidity: 50 }] },
  ],
});

const REPLAY = encodeObservations({
  slices: [
    {
      rows: [{ cityId: '7', observedMs: 1_750_000_000_000, temperature: 20 }],
      rejected: [{ batchRow: 2, reason: 4, message: 'too hot', observation: Uint8Array.of(1, 2) }],
    },
  ],
  replay: [
    { offset: 5, row: 3, attempt: 1, firstSeenMs: 1_740_000_000_000 },
    { offset: 9, row: 0, attempt: 2, firstSeenMs: 1_740_000_000_001 },
  ],
});

const VALID = [
  OBSERVATIONS,
  REPLAY,
  encodeTick(),
  encodeCityChange({ cityId: 'x', change: 'upserted', city: Uint8Array.of(9) }),
];

const record = fc.constantFrom(...VALID);
const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
const reader = createRecordReader();

describe('Damaged records', () => {
  it('are told from whole ones, whatever byte changed', () => {
    fc.assert(
      fc.property(record, edits, (bytes, changes) => {
        const damaged = edited(bytes, changes);
        if (Buffer.compare(damaged, bytes) === 0) return;
        expect(() => reader.decode(damaged)).toThrow(RecordFormatError);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are told from whole ones, wherever they were cut', () => {
    for (const bytes of VALID) {
      for (let length = 0; length < bytes.byteLength; length += 1) {
        expect(() => reader.decode(bytes.subarray(0, length))).toThrow(RecordFormatError);
      }
    }
  });

  it('neither crash nor hang the reader when their checksum holds', () => {
    fc.assert(
      fc.property(record, edits, (bytes, changes) => {
        const damaged = edited(bytes, changes);
        sealRecord(damaged);
        expectDecodedOrRefused(damaged);
      }),
      { numRuns: 5_000 },
    );
  });

  it('cost no memory for counts they only claim', () => {
    for (let field = 16; field < 40; field += 4) {
      for (const bytes of [OBSERVATIONS, REPLAY]) {
        const damaged = new Uint8Array(bytes);
        new DataView(damaged.buffer).setUint32(field, 0xffff_ffff, true);
        sealRecord(damaged);
        expect(() => reader.decode(damaged)).toThrow(RecordFormatError);
      }
    }
  });

  it('say what is wrong with them', () => {
    expect(problemOf(new Uint8Array(3))).toBe('truncated');
    expect(problemOf(new Uint8Array(64))).toBe('version');
    expect(problemOf(edited(OBSERVATIONS, [[6, 1]]))).toBe('version');
    expect(problemOf(edited(OBSERVATIONS, [[60, 99]]))).toBe('checksum');
    const sliceless = new Uint8Array(OBSERVATIONS);
    sliceless[16] = 1;
    sealRecord(sliceless);
    expect(problemOf(sliceless)).toBe('content');
  });

  it('are refused where a letter has an offset, an attempt or a time that cannot be', () => {
    const { letterOffset, letterFirstSeen, letterAttempt } = layOutObservations(64, {
      rowCount: 1,
      sliceCount: 1,
      rejectedCount: 1,
    });
    const wrong: ((view: DataView) => void)[] = [
      (view) => view.setFloat64(letterOffset + 8, -1, true),
      (view) => view.setFloat64(letterOffset, Number.NaN, true),
      (view) => view.setFloat64(letterOffset, 2 ** 53, true),
      (view) => view.setFloat64(letterFirstSeen, 0.5, true),
      (view) => view.setUint16(letterAttempt + 2, 0, true),
    ];
    for (const damage of wrong) {
      const damaged = new Uint8Array(REPLAY);
      damage(new DataView(damaged.buffer));
      sealRecord(damaged);
      expect(problemOf(damaged)).toBe('content');
    }
  });

  it('leave the reader fit for the next record', () => {
    expect(() => reader.decode(new Uint8Array(64))).toThrow(RecordFormatError);
    expect(reader.decode(OBSERVATIONS).kind).toBe('observations');
  });
});

function edited(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (const [at, value] of changes) copy[at % copy.length] = value;
  return copy;
}

function expectDecodedOrRefused(bytes: Uint8Array): void {
  try {
    const decoded = reader.decode(bytes);
    if (decoded.kind !== 'observations') return;
    expect(decoded.rejectedRows.length).toBeLessThan(10);
    const { replay } = decoded;
    if (replay === undefined) return;
    expect(replay.offset).toHaveLength(decoded.rowCount + decoded.rejectedRows.length);
    expect(replay.offset.every((offset) => Number.isSafeInteger(offset) && offset >= 0)).toBe(true);
    expect(replay.attempt.every((attempt) => attempt >= 1)).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(RecordFormatError);
  }
}

function problemOf(bytes: Uint8Array): string {
  try {
    return reader.decode(bytes).kind;
  } catch (error) {
    return error instanceof RecordFormatError ? error.problem : String(error);
  }
}
