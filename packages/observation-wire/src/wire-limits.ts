import { WireError } from './wire-error.ts';

/** What a message may hold. Checked before anything is allocated for it. */
export interface WireLimits {
  /** Rows of a message. Default 100,000. */
  readonly maxRows: number;
  /** Bytes of a message. Default 4 MiB. */
  readonly maxMessageBytes: number;
}

/** Fills in the defaults. */
export function resolveWireLimits(limits: Partial<WireLimits> = {}): WireLimits {
  return { maxRows: limits.maxRows ?? 100_000, maxMessageBytes: limits.maxMessageBytes ?? 4 * 1024 * 1024 };
}

/** @throws WireError if the message is too long. */
export function checkMessageBytes(bytes: Uint8Array, limits: WireLimits): void {
  if (bytes.byteLength > limits.maxMessageBytes) {
    throw new WireError(
      'tooManyBytes',
      `the message has ${bytes.byteLength} bytes; at most ${limits.maxMessageBytes} are taken`,
    );
  }
}

/** @throws WireError if a column has too many entries. */
export function checkRows(rows: number, limits: WireLimits): void {
  if (rows > limits.maxRows) {
    throw new WireError('tooManyRows', `the message has ${rows} rows; at most ${limits.maxRows} are taken`);
  }
}
