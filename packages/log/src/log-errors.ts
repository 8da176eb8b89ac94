import { IsothermError } from '@isotherm/service-kit';

/** A reader asked for records that are no longer kept. */
export function logTruncated(partition: number, offset: number, start: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_TRUNCATED',
    message: `Partition ${partition} of the log begins at offset ${start}; offset ${offset} is no longer kept.`,
    advice: 'Load a newer checkpoint, or start from the oldest record and accept the gap.',
    metadata: { partition: String(partition), offset: String(offset), start: String(start) },
  });
}

/** A reader asked for records after the end. */
export function logBeyondEnd(partition: number, offset: number, end: number): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_BEYOND_END',
    message: `Partition ${partition} of the log ends at offset ${end}; offset ${offset} lies after it.`,
    advice: 'Check that the position belongs to this incarnation of the log.',
    metadata: { partition: String(partition), offset: String(offset), end: String(end) },
  });
}

/** The log or reader was used after it was closed. */
export function logClosed(what: 'log' | 'reader'): IsothermError {
  return new IsothermError({ code: 'UNAVAILABLE', id: 'LOG_CLOSED', message: `The ${what} is closed.` });
}

/** A write or a sync failed: nothing is appended any more. */
export function logFenced(cause: unknown, path?: string): IsothermError {
  const reason = reasonOf(cause);
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'LOG_FENCED',
    message: `A write to the log${path === undefined ? '' : ` in ${path}`} failed (${reason}), so it takes no more records.`,
    advice:
      'Look at that disk: is it full, read-only or broken? Then restart the process: what was acknowledged is kept.',
    ...(path === undefined ? {} : { metadata: { path } }),
    cause,
  });
}

/** The log's directory or disk does not let the log be opened. */
export function logOpenFailed(path: string, cause: unknown): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'LOG_OPEN_FAILED',
    message: `The log in ${path} cannot be opened (${reasonOf(cause)}).`,
    advice: 'Look at that disk: is it full, read-only or broken? Then start again: what was acknowledged is kept.',
    metadata: { path },
    cause,
  });
}

/** The log's file cannot be opened safely. */
export function logDamaged(path: string, reason: string): IsothermError {
  return new IsothermError({
    code: 'DATA_LOSS',
    id: 'LOG_DAMAGED',
    message: `The log's file ${path} is damaged: ${reason}.`,
    advice: 'Check its disk, and restore the data directory from a backup or start with another one (--data-dir).',
    metadata: { path, reason },
  });
}

/** Of an error of LMDB the system's words alone: what lmdb-js adds is left over from an earlier failure. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const ofSystem = 'code' in cause && typeof cause.code === 'number';
  return ofSystem ? cause.message.replace(/:.*/s, '') : cause.message;
}

/** The log has reached its size limit. */
export function logFull(maxBytes: number, usedBytes: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'LOG_FULL',
    message: `The log holds ${usedBytes} of at most ${maxBytes} bytes and takes no more records.`,
    advice: 'Raise maxBytes of the log, or let compute catch up so that old records can be dropped.',
    retryAfterMs: 1000,
    metadata: { setting: 'maxBytes', maxBytes: String(maxBytes), usedBytes: String(usedBytes) },
  });
}

/** The log's disk is nearly full. */
export function logDiskLow(diskReserveBytes: number, freeBytes: number): IsothermError {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'LOG_DISK_LOW',
    message: `The log's disk has ${megabytes(freeBytes)} free, and ${megabytes(diskReserveBytes)} stay free; nothing was appended.`,
    advice:
      'Send it again under the same sequence when there is space: free some on the disk, or lower --disk-reserve.',
    retryAfterMs: 1000,
    metadata: { setting: 'disk-reserve', freeBytes: String(freeBytes), diskReserveBytes: String(diskReserveBytes) },
  });
}

/** More bytes wait for the disk than allowed. */
export function logBusy(maxPendingBytes: number): IsothermError {
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'LOG_BUSY',
    message: `More than ${maxPendingBytes} bytes wait to reach the disk.`,
    advice: 'Send less at once, or raise maxPendingBytes of the log.',
    retryAfterMs: 100,
    metadata: { setting: 'maxPendingBytes', maxPendingBytes: String(maxPendingBytes) },
  });
}

/** A call broke the port's rules. */
export function logMisuse(message: string): IsothermError {
  return new IsothermError({ code: 'INVALID_ARGUMENT', id: 'LOG_MISUSE', message });
}
