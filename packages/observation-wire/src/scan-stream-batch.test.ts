import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeStreamBatch } from './encode-stream-batch.ts';
import { scanStreamBatch } from './scan-stream-batch.ts';
import { createStreamRequestDecoder } from './stream-request-decoder.ts';
import { WireError } from './wire-error.ts';

const texts = fc.array(fc.string({ maxLength: 8, unit: 'grapheme' }), { maxLength: 5 });
const entries = fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 12 }).map((values) => Uint32Array.from(values));
const batch = fc.record({
  sequence: fc.maxSafeNat(),
  createdUnixMs: fc.maxSafeNat(),
  columns: fc.record({
    cities: texts,
    sensors: texts,
    cityIndex: entries,
    baseMs: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    observedOffsetMs: entries,
    sensorIndex: entries,
    wind: fc.record({ scale: fc.nat({ max: 9 }), unscaled: entries.map((values) => Int32Array.from(values)) }),
  }),
});
const decoder = createStreamRequestDecoder();

/** Scanning finds what decoding finds; of what decoding refuses it may still read the beginning. */
function expectSameFindings(bytes: Uint8Array): void {
  let decoded: ReturnType<typeof decoder.decode>;
  try {
    decoded = decoder.decode(bytes);
  } catch {
    try {
      scanStreamBatch(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
    return;
  }
  const scanned = scanStreamBatch(bytes);
  if (decoded.kind !== 'batch') {
    expect(scanned).toBeUndefined();
    return;
  }
  const { cities, sensors } = decoded.columns;
  expect(scanned).toEqual({ sequence: decoded.sequence, cities: [...cities], sensors: [...sensors] });
}

describe('Scanning a batch of a stream', () => {
  it('finds the sequence and dictionary entries that decoding finds, whoever wrote it', () => {
    fc.assert(
      fc.property(batch, (input) => {
        const bytes = encodeStreamBatch(input);
        expectSameFindings(bytes);
        expectSameFindings(toBinary(IngestStreamRequestSchema, fromBinary(IngestStreamRequestSchema, bytes)));
        const { cities, sensors } = input.columns;
        expect(scanStreamBatch(bytes)).toEqual({ sequence: input.sequence, cities, sensors });
      }),
    );
  });

  it('finds the same in damaged bytes, or refuses them as no message', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(batch, edits, fc.nat(), (input, changes, cut) => {
        const bytes = encodeStreamBatch(input);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expectSameFindings(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      }),
      { numRuns: 3_000 },
    );
  });

  // Found by the property above, seed -866414522: 3,000 damaged batches meet it once in some hundred runs.
  it.each([
    ['a scale', Uint8Array.of(0x08, 0x80)],
    ['readings of four bytes', Uint8Array.of(0x12, 0x02, 1, 2)],
    ['readings of eight bytes', Uint8Array.of(0x1a, 0x04, 1, 2, 3, 4)],
    ['rows without a reading', Uint8Array.of(0x22, 0x02, 1, 0x80)],
  ])('finds the same where %s runs over the end of its column', (_, column) => {
    const sensor = Uint8Array.of(0x42, 0x02, 0x61, 0x62);
    const columns = Uint8Array.of(0x3a, column.length, ...column, ...sensor, ...sensor, ...sensor, ...sensor);
    const inside = Uint8Array.of(0x08, 0x05, 0x1a, columns.length, ...columns);
    expectSameFindings(Uint8Array.of(0x12, inside.length, ...inside));
  });

  it('finds no batch in a start message', () => {
    const start = create(IngestStreamRequestSchema, { message: { case: 'start', value: { producerId: 'p' } } });
    expect(scanStreamBatch(toBinary(IngestStreamRequestSchema, start))).toBeUndefined();
  });
});
