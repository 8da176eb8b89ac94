import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCityChange, encodeSettings, encodeTick } from './encode-control.ts';
import { encodeObservations } from './encode-observations.ts';
import { RecordFormatError } from './record-format-error.ts';
import { sealRecord } from './record-header.ts';
import { createRecordReader } from './record-reader.ts';

const OBSERVATIONS = encodeObservations({
  stampMs: 1_750_000_000_000,
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

const VALID = [
  OBSERVATIONS,
  encodeTick({ stampMs: 1 }),
  encodeCityChange({ stampMs: 1, cityId: 'x', change: 'upserted', city: Uint8Array.of(9) }),
  encodeSettings({
    stampMs: 1,
    settings: {
      formula: 'NWS',
      outOfOrdernessMs: 1,
      allowedLatenessMs: 1,
      riskCelsius: [1, 2, 3, 4],
      maxCitiesPerPartition: 9,
    },
  }),
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
    for (let field = 24; field < 48; field += 4) {
      const damaged = new Uint8Array(OBSERVATIONS);
      new DataView(damaged.buffer).setUint32(field, 0xffff_ffff, true);
      sealRecord(damaged);
      expect(() => reader.decode(damaged)).toThrow(RecordFormatError);
    }
  });

  it('say what is wrong with them', () => {
    expect(problemOf(new Uint8Array(3))).toBe('truncated');
    expect(problemOf(new Uint8Array(64))).toBe('version');
    expect(problemOf(edited(OBSERVATIONS, [[6, 2]]))).toBe('version');
    expect(problemOf(edited(OBSERVATIONS, [[60, 99]]))).toBe('checksum');
    const sliceless = new Uint8Array(OBSERVATIONS);
    sliceless[24] = 1;
    sealRecord(sliceless);
    expect(problemOf(sliceless)).toBe('content');
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
    if (decoded.kind === 'observations') expect(decoded.rejectedRows.length).toBeLessThan(10);
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
