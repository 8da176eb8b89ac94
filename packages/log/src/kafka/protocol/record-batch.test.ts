import { createRecordsBatch, Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchBytes, readBatches, writeBatch } from './record-batch.ts';
import { WireWriter } from './wire-writer.ts';

const values = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 200 });

function encode(records: readonly Uint8Array[], sequence = 0): Buffer {
  const bytes = batchBytes(records);
  const writer = new WireWriter(Buffer.alloc(bytes));
  writeBatch(writer, records, { producerId: 77n, epoch: 3, sequence, timestampMs: 1_700_000_000_123, bytes });
  return writer.written();
}

it("writes batches that the client library's own decoder reads, and sizes them to the byte", () => {
  fc.assert(
    fc.property(values, fc.nat(0x7fff_ffff), (records, sequence) => {
      const batch = encode(records, sequence);
      expect(batch).toHaveLength(batchBytes(records));
      const read = readRecordsBatch(Reader.from(batch));
      expect(read).toMatchObject({
        producerId: 77n,
        producerEpoch: 3,
        firstSequence: sequence,
        magic: 2,
        attributes: 0,
      });
      expect(read.records.map(({ value }) => new Uint8Array(value!))).toEqual(records);
      expect(read.records.map(({ offsetDelta }) => offsetDelta)).toEqual(records.map((_, i) => i));
    }),
  );
});

it("reads batches that the client library's own encoder writes, keys, headers and stamps of records included", () => {
  fc.assert(
    fc.property(values, fc.nat(10_000_000), (records, laterMs) => {
      const messages = records.map((value, i) => ({
        topic: 't',
        value: Buffer.from(value),
        ...(i % 2 === 0 ? { key: Buffer.from('key') } : {}),
        headers: new Map([[Buffer.from('h'), Buffer.from('v')]]),
        timestamp: 1_700_000_000_000n + BigInt(i === 0 ? 0 : laterMs),
      }));
      const { buffer } = createRecordsBatch(messages, { producerId: 1n, producerEpoch: 0 });
      const { batches, damaged } = readBatches(buffer, 0, buffer.length);
      expect(damaged).toBe(false);
      const [batch] = batches;
      expect(batch?.records.map(({ bytes }) => new Uint8Array(bytes))).toEqual(records);
      expect(batch?.records.map(({ appendMs }) => appendMs)).toEqual(
        messages.map(({ timestamp }) => Number(timestamp)),
      );
    }),
  );
});

it('leaves out a batch that was cut short', () => {
  const whole = encode([new Uint8Array(10)]);
  const both = Buffer.concat([whole, encode([new Uint8Array(20)])]);
  for (const end of [whole.length, whole.length + 30, whole.length + 61, both.length - 1]) {
    const { batches, damaged } = readBatches(both, 0, end);
    expect([batches.length, damaged]).toEqual([1, false]);
  }
});

it('never gives out the records of a batch of which one bit is wrong', () => {
  const records = [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5])];
  const good = encode(records);
  for (let bit = 21 * 8; bit < good.length * 8; bit++) {
    const bad = Buffer.from(good);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const { batches, damaged } = readBatches(bad, 0, bad.length);
    expect(damaged || batches[0]?.unreadable !== undefined).toBe(true);
    expect(batches.flatMap((batch) => batch.records)).toEqual([]);
  }
});

it('tells which offsets a batch with a wrong checksum had, if its counts agree', () => {
  const batch = encode([new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])]);
  batch.writeBigInt64BE(500n, 0);
  batch[batch.length - 2]! ^= 1;
  expect(readBatches(batch, 0, batch.length)).toMatchObject({
    damaged: false,
    batches: [{ records: [], unreadable: { from: 500, to: 503, reason: 'the checksum of its batch is wrong' } }],
  });
});
