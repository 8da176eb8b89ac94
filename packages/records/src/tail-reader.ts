import type { Producer, RejectedRow } from './log-record.ts';
import { REJECTED_ROW_BYTES } from './observations-tail.ts';
import { RecordFormatError } from './record-format-error.ts';

/** Reads the parts of a record without fixed width, checking every length before it is used. */
export interface TailReader {
  readonly position: number;
  producers(count: number): Producer[];
  strings(count: number, what: string): string[];
  /** Checks the rows without decoding them. @returns a function that decodes them. */
  rejectedRows(count: number, sliceCount: number): () => RejectedRow[];
  /** @throws RecordFormatError if bytes are left. */
  end(): void;
}

/** Creates a reader of `bytes` from `position` on. */
export function createTailReader(bytes: Buffer, start: number): TailReader {
  let position = start;
  const need = (count: number, what: string): void => {
    if (position + count > bytes.byteLength) {
      throw new RecordFormatError('content', `${what} end beyond the record's ${bytes.byteLength} bytes`);
    }
  };
  /** A count cannot exceed what the bytes left could hold: nothing is allocated for a lie. */
  const checkCount = (count: number, entryBytes: number, what: string): void => need(count * entryBytes, what);
  const text = (what: string): string => {
    need(2, what);
    const length = bytes.readUInt16LE(position);
    position += 2;
    need(length, what);
    position += length;
    return bytes.toString('utf8', position - length, position);
  };
  return {
    get position() {
      return position;
    },
    producers(count) {
      checkCount(count, 10, 'producers');
      const producers: Producer[] = [];
      for (let index = 0; index < count; index += 1) {
        need(8, 'producers');
        const session = bytes.readBigUInt64LE(position);
        position += 8;
        producers.push({ session, id: text('producers') });
      }
      return producers;
    },
    strings(count, what) {
      checkCount(count, 2, what);
      const strings: string[] = [];
      for (let index = 0; index < count; index += 1) strings.push(text(what));
      return strings;
    },
    rejectedRows(count, sliceCount) {
      checkCount(count, REJECTED_ROW_BYTES, 'rejected rows');
      const first = position;
      for (let index = 0; index < count; index += 1) {
        need(REJECTED_ROW_BYTES, 'rejected rows');
        const slice = bytes.readUInt32LE(position);
        if (slice >= sliceCount) {
          throw new RecordFormatError('content', `rejected row ${index} is of slice ${slice} of ${sliceCount}`);
        }
        const length = bytes.readUInt16LE(position + 10) + bytes.readUInt32LE(position + 12);
        position += REJECTED_ROW_BYTES;
        need(length, 'rejected rows');
        position += length;
      }
      return () => decodeRejectedRows(bytes, first, count);
    },
    end() {
      if (position !== bytes.byteLength) {
        throw new RecordFormatError('content', `${bytes.byteLength - position} bytes follow the record's last field`);
      }
    },
  };
}

function decodeRejectedRows(bytes: Buffer, first: number, count: number): RejectedRow[] {
  const rows: RejectedRow[] = [];
  let position = first;
  for (let index = 0; index < count; index += 1) {
    const messageStart = position + REJECTED_ROW_BYTES;
    const messageEnd = messageStart + bytes.readUInt16LE(position + 10);
    const observationEnd = messageEnd + bytes.readUInt32LE(position + 12);
    rows.push({
      slice: bytes.readUInt32LE(position),
      batchRow: bytes.readUInt32LE(position + 4),
      reason: bytes.readUInt16LE(position + 8),
      message: bytes.toString('utf8', messageStart, messageEnd),
      observation: new Uint8Array(bytes.subarray(messageEnd, observationEnd)),
    });
    position = observationEnd;
  }
  return rows;
}
