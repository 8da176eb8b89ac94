import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { IngestRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIngestRequestDecoder } from './ingest-request-decoder.ts';
import { WireError } from './wire-error.ts';

const REQUEST = create(IngestRequestSchema, {
  batch: { producerId: 'p', session: 3n, sequence: 9n, createTime: { seconds: 1_700_000_000n, nanos: 0 } },
  observations: [{ cityId: 'a', temperatureCelsius: 20 }, { cityId: 'b' }],
  columns: {
    cities: ['c'],
    cityIndex: [0, 0],
    baseUnixMs: 1_700_000_000_000n,
    observedOffsetMs: [1, 2],
    windSpeedMps: { scale: 1, unscaled: [10, 20], missingRows: [1] },
  },
});
const decoder = createIngestRequestDecoder({ maxRows: 100 });

describe('A unary request', () => {
  it('is decoded with its identity, rows and columns', () => {
    const { batch, rows, columns } = decoder.decode(toBinary(IngestRequestSchema, REQUEST));
    expect(batch).toEqual(REQUEST.batch);
    expect(rows).toEqual(REQUEST.observations);
    expect(columns?.cities).toEqual(['c']);
    expect([...(columns?.cityIndex ?? [])]).toEqual([0, 0]);
    expect([...(columns?.wind.missingRows ?? [])]).toEqual([1]);
  });

  it('is refused when it has too many rows, before they are allocated', () => {
    const rows = create(IngestRequestSchema, { observations: Array.from({ length: 101 }, () => ({ cityId: 'a' })) });
    expect(() => decoder.decode(toBinary(IngestRequestSchema, rows))).toThrow(/101 rows; at most 100/);
  });

  it('with a known field of another wire type is read as the generated codec reads it', () => {
    const columns = Uint8Array.of(0x1a, 6, 0x12, 4, 7, 0, 0, 0);
    for (let field = 1; field <= 3; field += 1) {
      for (const wireType of [0, 1, 5]) {
        for (let length = 0; length <= 10; length += 1) {
          const odd = Uint8Array.of((field << 3) | wireType, length);
          expectSameReading(Buffer.concat([odd, columns]));
          expectSameReading(Buffer.concat([columns, odd, columns]));
        }
      }
    }
  });

  it('with a nested field that runs over the end of its parent is read as the generated codec reads it', () => {
    const valid = toBinary(IngestRequestSchema, REQUEST);
    for (let at = 0; at < valid.length; at += 1) {
      for (let value = 0; value < 64; value += 1) {
        const bytes = new Uint8Array(valid);
        bytes[at] = value;
        expectSameReading(bytes);
      }
    }
  });

  it('is refused or read as the generated codec reads it, whatever bytes were damaged', () => {
    const valid = toBinary(IngestRequestSchema, REQUEST);
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(edits, fc.nat(), (changes, cut) => {
        const bytes = new Uint8Array(valid);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expectSameReading(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});

function expectSameReading(bytes: Uint8Array): void {
  let expected: ReturnType<typeof create<typeof IngestRequestSchema>>;
  try {
    expected = fromBinary(IngestRequestSchema, bytes);
  } catch {
    expect(() => decoder.decode(bytes)).toThrow(WireError);
    return;
  }
  const { batch, rows, columns } = decoder.decode(bytes);
  const read = create(IngestRequestSchema, { observations: [...rows] });
  if (batch !== undefined) read.batch = batch;
  expect(columns === undefined).toBe(expected.columns === undefined);
  expect([...(columns?.cityIndex ?? [])]).toEqual(expected.columns?.cityIndex ?? []);
  delete expected.columns;
  expect(equals(IngestRequestSchema, read, expected)).toBe(true);
}
