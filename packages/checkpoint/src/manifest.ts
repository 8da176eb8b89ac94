import { crc32 } from 'node:zlib';
import type { CheckpointHead } from './checkpoint-store.ts';
import { isSegmentName, type ManifestPlace } from './object-names.ts';

/** Version of the manifest. A release reads its own and every earlier one. */
export const MANIFEST_FORMAT = 1;

/** A segment a manifest needs. */
export interface SegmentRef {
  readonly name: string;
  readonly kind: 'full' | 'delta';
  readonly bytes: number;
  /** CRC-32 of the segment. */
  readonly crc32: number;
  /** Length and CRC-32 of its head; undefined, both, where it is nothing but a head. */
  readonly headBytes?: number;
  readonly headCrc32?: number;
}

/** What a checkpoint is made of. */
export interface Manifest extends CheckpointHead, ManifestPlace {
  readonly format: number;
  readonly partition: number;
  readonly owner: string;
  /** To be applied in order; the first is a full one. */
  readonly segments: readonly SegmentRef[];
}

/** A manifest as bytes: a line of JSON, and a line with the CRC-32 of the first in eight hexadecimal digits. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const line = Buffer.from(`${JSON.stringify(manifest)}\n`);
  return Buffer.concat([line, Buffer.from(`${checksum(line)}\n`)]);
}

/** The manifest, or what is wrong with it. */
export function decodeManifest(bytes: Uint8Array): Manifest | { readonly wrong: string } {
  const lineEnd = bytes.indexOf(0x0a) + 1;
  const line = bytes.subarray(0, lineEnd);
  if (Buffer.from(bytes.subarray(lineEnd)).toString('latin1') !== `${checksum(line)}\n`) {
    return { wrong: `manifest of ${bytes.length} bytes does not match its checksum` };
  }
  const manifest = parsed(line);
  if (typeof manifest?.format === 'number' && manifest.format > MANIFEST_FORMAT) {
    return { wrong: `manifest has format ${manifest.format}, this release reads up to ${MANIFEST_FORMAT}` };
  }
  return isManifest(manifest) ? manifest : { wrong: 'manifest matches its checksum, but is no manifest' };
}

function parsed(line: Uint8Array): Partial<Manifest> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(line).toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A checksum only proves that these bytes were written: what they say has to be a manifest, too. */
function isManifest(value: Partial<Manifest> | undefined): value is Manifest {
  if (value === undefined || typeof value.owner !== 'string' || typeof value.incarnation !== 'string') return false;
  const { format, partition, term, number, offset, sinkCursor, storedOffset, segments } = value;
  if (![format, partition, term, number, offset, storedOffset].every(isCount) || !Number.isSafeInteger(sinkCursor))
    return false;
  return Array.isArray(segments) && segments.every(isSegmentRef) && segments[0]?.kind === 'full';
}

function isSegmentRef(value: unknown): value is SegmentRef {
  if (typeof value !== 'object' || value === null) return false;
  const { name, kind, bytes, crc32: checksum, headBytes, headCrc32 } = value as Partial<SegmentRef>;
  return (
    typeof name === 'string' &&
    isSegmentName(name) &&
    (kind === 'full' || kind === 'delta') &&
    isCount(bytes) &&
    isCount(checksum) &&
    (headBytes === undefined
      ? headCrc32 === undefined
      : isCount(headBytes) && headBytes <= (bytes as number) && isCount(headCrc32))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What is wrong with a segment, or undefined if it is what the manifest says. */
export function segmentFault(ref: SegmentRef, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return `${ref.name} is missing`;
  if (bytes.length !== ref.bytes) return `${ref.name} has ${bytes.length} bytes instead of ${ref.bytes}`;
  return crc32(bytes) === ref.crc32 ? undefined : `${ref.name} does not match its checksum`;
}

function checksum(line: Uint8Array): string {
  return crc32(line).toString(16).padStart(8, '0');
}
