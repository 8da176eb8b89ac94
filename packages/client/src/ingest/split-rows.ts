import type { Observation } from './observation.ts';

/** The largest message that ingest takes, in bytes. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The most rows that ingest takes in a message. */
export const MAX_ROWS_PER_MESSAGE = 100_000;

/** Identity of a batch and frames: far more than they take. */
const HEAD_BYTES = 1024;

/** What a row takes besides its names: tags and lengths, a time, three float64. */
const ROW_BYTES = 64;

/** Parts of the rows that each fit a message, in order. Without rows one part without any. */
export function splitRows(
  rows: readonly Observation[],
  maxBytes: number = MAX_MESSAGE_BYTES,
): (readonly Observation[])[] {
  const parts: (readonly Observation[])[] = [];
  let first = 0;
  let bytes = HEAD_BYTES;
  for (const [index, { cityId, sensorId = '' }] of rows.entries()) {
    const rowBytes = ROW_BYTES + Buffer.byteLength(cityId) + Buffer.byteLength(sensorId);
    if (index > first && (bytes + rowBytes > maxBytes || index - first === MAX_ROWS_PER_MESSAGE)) {
      parts.push(rows.slice(first, index));
      first = index;
      bytes = HEAD_BYTES;
    }
    bytes += rowBytes;
  }
  parts.push(rows.slice(first));
  return parts;
}
