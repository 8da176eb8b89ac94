import { crc32 } from 'node:zlib';

/** What a manifest says, as it is documented. */
export interface ManifestFacts {
  readonly partition: number;
  readonly name: string;
  readonly term: number;
  readonly owner: string;
  readonly incarnation: string;
  readonly offset: number;
  readonly sinkCursor: number;
  readonly segments: readonly (readonly [string, Uint8Array])[];
}

/** A manifest by its documented format: a line of JSON and a line with its CRC-32; its first segment is a full one. */
export function manifestText(facts: ManifestFacts & { readonly newest: 'full' | 'delta' }): string {
  const { partition, name, term, owner, incarnation, offset, sinkCursor } = facts;
  const segments = facts.segments.map(([segment, content], i) => ({
    name: segment,
    kind: i === 0 ? 'full' : 'delta',
    bytes: content.length,
    crc32: crc32(content),
  }));
  const number = Number(name.slice(-10));
  const manifest = { format: 1, partition, term, number, owner, incarnation, offset, sinkCursor, segments };
  const line = `${JSON.stringify(manifest)}\n`;
  return `${line}${crc32(Buffer.from(line)).toString(16).padStart(8, '0')}\n`;
}

type Sound = Record<string, unknown> & { readonly segments: readonly Record<string, unknown>[] };

const withField = (field: string, value: unknown) => (sound: Sound) => JSON.stringify({ ...sound, [field]: value });
const withSegment = (field: string, value: unknown) => (sound: Sound) =>
  JSON.stringify({ ...sound, segments: [{ ...sound.segments[0], [field]: value }] });

const withHead = (headBytes: number, headCrc32: number) => (sound: Sound) =>
  JSON.stringify({ ...sound, segments: [{ ...sound.segments[0], headBytes, headCrc32 }] });

/** Ways in which a manifest can be wrong although its checksum is right. */
export const NONSENSE_MANIFESTS: readonly ((sound: Sound) => string)[] = [
  withField('format', 2),
  withField('format', '1'),
  withField('format', -1),
  withField('owner', 1),
  withField('incarnation', 1),
  withField('partition', -1),
  withField('term', 1.5),
  withField('number', undefined),
  withField('offset', -1),
  withField('sinkCursor', 0.5),
  withField('segments', []),
  withField('segments', 3),
  withField('segments', [null]),
  withField('segments', [3]),
  withSegment('kind', 'delta'),
  withSegment('kind', 'other'),
  withSegment('name', 'segment-1'),
  withSegment('name', 1),
  withSegment('bytes', -1),
  withSegment('crc32', -1),
  withSegment('headBytes', 0),
  withSegment('headCrc32', 0),
  withHead(0, -1),
  withHead(-1, 0),
  withHead(0.5, 0),
  withHead(41, 0),
  withSegment('bytes', 0.5),
  (sound) => JSON.stringify({ ...sound, segments: [...sound.segments, { ...sound.segments[0], kind: 'other' }] }),
  (sound) => JSON.stringify({ ...sound, segments: [...sound.segments, null] }),
  (sound) => JSON.stringify({ ...sound, segments: [...sound.segments, 3] }),
  () => '3',
  () => 'null',
  () => '{"format":',
];
