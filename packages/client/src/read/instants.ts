import { type Duration, type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { invalidRequest } from './enum-of.ts';

/** A time of the wire; the epoch where it is missing. */
export function dateOf(timestamp: Timestamp | undefined): Date {
  return new Date(timestamp === undefined ? 0 : timestampMs(timestamp));
}

/** A span of the wire in milliseconds. */
export function durationMsOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A calendar day, as in `2026-03-29`. */
export type Day = `${number}-${number}-${number}`;

/** What a Date can say. */
const MAX_TIME_MS = 8.64e15;

/** A time for a request. @throws IsothermClientError REQUEST_INVALID naming the field for what is no time */
export function timestampOf(field: string, time: Date | number): Timestamp {
  const ms = time instanceof Date || typeof time === 'number' ? Number(time) : Number.NaN;
  if (Math.abs(ms) <= MAX_TIME_MS) return timestampFromMs(Math.floor(ms));
  throw invalidRequest(field, `${String(time)} is no time; give a Date or milliseconds since 1970`);
}

/** A span of milliseconds for a request. @throws IsothermClientError REQUEST_INVALID naming the field for what is none */
export function spanMessage(field: string, ms: number) {
  if (!Number.isFinite(ms) || ms < 0) throw invalidRequest(field, `${String(ms)} is no number of milliseconds from 0`);
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}

/** The ends of a span for a request: instants, or days that the platform takes for those of a zone. */
export function spanOf({ startTime, endTime }: SpanOptions) {
  return {
    ...(startTime !== undefined &&
      (isDay(startTime) ? { startDate: startTime } : { startTime: timestampOf('start_time', startTime) })),
    ...(endTime !== undefined &&
      (isDay(endTime) ? { endDate: endTime } : { endTime: timestampOf('end_time', endTime) })),
  };
}

/** A half-open span of time. */
export interface SpanOptions {
  /** Start, included. A day begins when the clocks of its zone first show it. */
  readonly startTime?: Date | number | Day;
  /** End, not included: from `2026-03-29` to `2026-03-30` is one day. Default now. */
  readonly endTime?: Date | number | Day;
}

function isDay(time: Date | number | Day): time is Day {
  return typeof time === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(time);
}
