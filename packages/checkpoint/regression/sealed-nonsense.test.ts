import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { decodeManifest, encodeManifest, type Manifest } from '../src/manifest.ts';

const GOOD: Manifest = {
  format: 1,
  partition: 0,
  owner: 'shard-0',
  term: 1,
  number: 1,
  incarnation: '00000190a0b0c0d0',
  offset: 3,
  sinkCursor: 2,
  storedOffset: 2,
  segments: [{ name: 'segment-0000000001-0000000001', kind: 'full', bytes: 1, crc32: 2 }],
};

/** A line with its right checksum. */
function sealed(text: string): Uint8Array {
  const line = Buffer.from(`${text}\n`);
  return Buffer.concat([line, Buffer.from(`${crc32(line).toString(16).padStart(8, '0')}\n`)]);
}

// Found by fuzzing: loading a checkpoint threw SyntaxError or TypeError instead of using the one before.
it('a manifest whose checksum holds and that is none is passed over like any damaged one', () => {
  const lines = ['', 'null', '7', '[]', '{}', '{"format":', JSON.stringify({ ...GOOD, segments: null })];
  lines.push(JSON.stringify({ ...GOOD, segments: [{ ...GOOD.segments[0], name: '../claim' }] }));
  lines.push(JSON.stringify({ ...GOOD, offset: '3' }), JSON.stringify({ ...GOOD, segments: [] }));
  for (const line of lines) expect(decodeManifest(sealed(line))).toHaveProperty('wrong');
  expect(decodeManifest(encodeManifest(GOOD))).toEqual(GOOD);
});
