import { type Duration, type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';

/** A time of the wire; the epoch where it is missing. */
export function dateOf(timestamp: Timestamp | undefined): Date {
  return new Date(timestamp === undefined ? 0 : timestampMs(timestamp));
}

/** A span of the wire in milliseconds. */
export function durationMsOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A time for a request. */
export function timestampOf(time: Date | number): Timestamp {
  return timestampFromMs(Number(time));
}
