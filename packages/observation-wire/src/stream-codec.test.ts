import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type IngestStreamRequest, IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { type DecimalColumn, ObservationColumnsSchema } from '@isotherm/contracts/ingest/v1/observation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnInput, ColumnsInput } from './columns-input.ts';
import { encodeColumns } from './columns-writer.ts';
import type { DecodedColumn, DecodedColumns } from './decoded-columns.ts';
import { encodeStreamBatch } from './encode-stream-batch.ts';
import { createStreamRequestDecoder, type DecodedStreamRequest } from './stream-request-decoder.ts';
import { WireError } from './wire-error.ts';

const uint32 = fc.nat({ max: 0xffff_ffff });
const entries = fc.array(uint32, { maxLength: 12 });
const text = fc.string({ maxLength: 8, unit: 'grapheme' });
const ms = fc.oneof(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), fc.constant(Number.MAX_SAFE_INTEGER));

const column: fc.Arbitrary<ColumnInput> = fc.oneof(
  fc.record({
    scale: fc.nat({ max: 300 }),
    unscaled: fc.array(fc.integer(), { maxLength: 12 }).map((values) => Int32Array.from(values)),
    missingRows: entries.map((rows) => Uint32Array.from(rows)),
  }),
  fc.record({
    values: fc.array(fc.double(), { maxLength: 12 }).map((values) => Float64Array.from(values)),
    missingRows: entries.map((rows) => Uint32Array.from(rows)),
  }),
);

const columns: fc.Arbitrary<ColumnsInput> = fc.record(
  {
    cities: fc.array(text, { maxLength: 4 }),
    cityIndex: entries.map((values) => Uint32Array.from(values)),
    baseMs: ms,
    observedOffsetMs: entries.map((values) => Uint32Array.from(values)),
    temperature: column,
    humidity: column,
    wind: column,
    sensors: fc.array(text, { maxLength: 3 }),
    sensorIndex: entries.map((values) => Uint32Array.from(values)),
  },
  { requiredKeys: ['cityIndex', 'baseMs', 'observedOffsetMs'] },
);

const batch = fc.record({ sequence: fc.maxSafeNat(), createdUnixMs: ms, columns });
const decoder = createStreamRequestDecoder();

describe('A batch of a stream', () => {
  it('means the same to the generated codec', () => {
    fc.assert(
      fc.property(batch, (input) => {
        const bytes = encodeStreamBatch(input);
        const message = fromBinary(IngestStreamRequestSchema, bytes);
        expect(meaningOf(message)).toEqual({
          kind: 'batch',
          sequence: input.sequence,
          createdUnixMs: input.createdUnixMs,
          columns: meaningOfInput(input.columns),
        });
        expect(fromBinary(ObservationColumnsSchema, encodeColumns(input.columns))).toEqual(batchOf(message).columns);
      }),
    );
  });

  it('is read as the generated codec reads it, whoever wrote it', () => {
    fc.assert(
      fc.property(batch, (input) => {
        const bytes = encodeStreamBatch(input);
        expectSameReading(bytes);
        expectSameReading(toBinary(IngestStreamRequestSchema, fromBinary(IngestStreamRequestSchema, bytes)));
      }),
    );
  });

  it('is read the same when packed fields are cut in pieces, repeated, unpacked, or mixed with unknown ones', () => {
    const first = encodeColumns({
      cities: ['a'],
      cityIndex: Uint32Array.of(0),
      baseMs: 5,
      observedOffsetMs: Uint32Array.of(1),
    });
    const second = encodeColumns({
      cityIndex: Uint32Array.of(7),
      baseMs: 9,
      observedOffsetMs: Uint32Array.of(2),
      wind: { scale: 1, unscaled: Int32Array.of(1, 2) },
    });
    const unpackedCity = Uint8Array.of(0x15, 3, 0, 0, 0);
    const unpackedMissing = Uint8Array.of(0x3a, 2, 0x20, 1);
    const unknown = Uint8Array.of(0xa2, 0x06, 2, 1, 2);
    const pieces = [first, second, unpackedCity, unpackedMissing, unknown];
    const choice = fc.array(fc.constantFrom(...pieces), { maxLength: 8 });
    fc.assert(
      fc.property(choice, choice, (left, right) => {
        const both = [...left, ...right];
        expectSameReading(wrapped(field(0x1a, ...both)));
        expectSameReading(wrapped(field(0x1a, ...left), Uint8Array.of(0x08, 4), field(0x1a, ...right)));
        expectSameReading(Buffer.concat([wrapped(field(0x1a, ...left)), wrapped(field(0x1a, ...right))]));
      }),
    );
  });

  it('is refused or read as the generated codec reads it, whatever bytes were damaged', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(batch, edits, fc.nat(), (input, changes, cut) => {
        const bytes = encodeStreamBatch(input);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expectSameReading(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is refused or read as the generated codec reads it, be it random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, framed) => {
        expectSameReading(framed ? wrapped(bytes) : bytes);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('The limits of a message', () => {
  const rows = (count: number) =>
    encodeStreamBatch({
      sequence: 1,
      createdUnixMs: 1,
      columns: { cityIndex: new Uint32Array(count), baseMs: 0, observedOffsetMs: new Uint32Array(1) },
    });

  it('admit the rows they name and not one more', () => {
    const limited = createStreamRequestDecoder({ maxRows: 10 });
    expect(limited.decode(rows(10)).kind).toBe('batch');
    expect(problemOf(() => limited.decode(rows(11)))).toBe('tooManyRows');
  });

  it('count missing rows and unusual encodings too', () => {
    const limited = createStreamRequestDecoder({ maxRows: 3 });
    const missing = encodeStreamBatch({
      sequence: 1,
      createdUnixMs: 1,
      columns: {
        cityIndex: new Uint32Array(1),
        baseMs: 0,
        observedOffsetMs: new Uint32Array(1),
        wind: { values: new Float64Array(1), missingRows: new Uint32Array(4) },
      },
    });
    expect(problemOf(() => limited.decode(missing))).toBe('tooManyRows');
    const unpacked = wrapped(field(0x1a, ...Array.from({ length: 4 }, () => Uint8Array.of(0x15, 0, 0, 0, 0))));
    expect(problemOf(() => limited.decode(unpacked))).toBe('tooManyRows');
  });

  it('bound the bytes of a message', () => {
    expect(problemOf(() => createStreamRequestDecoder({ maxMessageBytes: 100 }).decode(new Uint8Array(101)))).toBe(
      'tooManyBytes',
    );
  });
});

function expectSameReading(bytes: Uint8Array): void {
  let expected: unknown;
  try {
    expected = meaningOf(fromBinary(IngestStreamRequestSchema, bytes));
  } catch {
    expect(problemOf(() => decoder.decode(bytes))).toBe('malformed');
    return;
  }
  expect(meaningOfDecoded(decoder.decode(bytes))).toEqual(expected);
}

function problemOf(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return error instanceof WireError ? error.problem : error;
  }
}

function field(tag: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const payload = Buffer.concat(pieces);
  const length = payload.byteLength;
  return Buffer.concat([
    length < 128 ? Uint8Array.of(tag, length) : Uint8Array.of(tag, (length & 0x7f) | 0x80, length >> 7),
    payload,
  ]);
}

function wrapped(...pieces: readonly Uint8Array[]): Uint8Array {
  return field(0x12, ...pieces);
}

function batchOf(message: IngestStreamRequest) {
  if (message.message.case !== 'batch') throw new Error('no batch');
  return message.message.value;
}

function meaningOf({ message }: IngestStreamRequest): unknown {
  if (message.case === undefined) return { kind: 'empty' };
  if (message.case === 'start') {
    const { producerId, session, returnTokens } = message.value;
    return { kind: 'start', producerId, session, returnTokens };
  }
  const { sequence, createTime, columns: sent } = message.value;
  const all = create(ObservationColumnsSchema, sent);
  return {
    kind: 'batch',
    sequence: Number(sequence),
    createdUnixMs:
      createTime === undefined ? 0 : Number(createTime.seconds) * 1000 + Math.floor(createTime.nanos / 1e6),
    columns: {
      cities: all.cities,
      cityIndex: all.cityIndex,
      baseMs: Number(all.baseUnixMs),
      observedOffsetMs: all.observedOffsetMs,
      temperature: meaningOfColumn(all.temperatureCelsius),
      humidity: meaningOfColumn(all.relativeHumidityPercent),
      wind: meaningOfColumn(all.windSpeedMps),
      sensors: all.sensors,
      sensorIndex: all.sensorIndex,
    },
  };
}

function meaningOfColumn(sent: DecimalColumn | undefined) {
  return {
    scale: sent?.scale ?? 0,
    unscaled: sent?.unscaled ?? [],
    values: sent?.values ?? [],
    missingRows: sent?.missingRows ?? [],
  };
}

function meaningOfDecoded(decoded: DecodedStreamRequest): unknown {
  return decoded.kind === 'batch' ? { ...decoded, columns: plain(decoded.columns) } : decoded;
}

function plain(decoded: DecodedColumns): unknown {
  const plainColumn = (column: DecodedColumn) => ({
    scale: column.scale,
    unscaled: [...column.unscaled],
    values: [...column.values],
    missingRows: [...column.missingRows],
  });
  return {
    ...decoded,
    cityIndex: [...decoded.cityIndex],
    observedOffsetMs: [...decoded.observedOffsetMs],
    sensorIndex: [...decoded.sensorIndex],
    temperature: plainColumn(decoded.temperature),
    humidity: plainColumn(decoded.humidity),
    wind: plainColumn(decoded.wind),
  };
}

function meaningOfInput(input: ColumnsInput): unknown {
  const list = (values: Uint32Array | Int32Array | Float64Array | undefined) => [...(values ?? [])];
  const meaning = (sent: ColumnInput | undefined) => ({
    scale: sent !== undefined && 'scale' in sent ? sent.scale : 0,
    unscaled: sent !== undefined && 'scale' in sent ? list(sent.unscaled) : [],
    values: sent !== undefined && 'values' in sent ? list(sent.values) : [],
    missingRows: list(sent?.missingRows),
  });
  return {
    cities: input.cities ?? [],
    cityIndex: list(input.cityIndex),
    baseMs: input.baseMs,
    observedOffsetMs: list(input.observedOffsetMs),
    temperature: meaning(input.temperature),
    humidity: meaning(input.humidity),
    wind: meaning(input.wind),
    sensors: input.sensors ?? [],
    sensorIndex: list(input.sensorIndex),
  };
}
