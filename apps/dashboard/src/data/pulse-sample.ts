import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Pulse } from '@isotherm/contracts/platform/v1/platform_service';
import type { PulseSample } from './pulse-history.ts';

/** Milliseconds since 1970 of a timestamp. */
export function timestampToMs(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}

/** A pulse as plain numbers. `receivedMs` stands in for a missing time. */
export function toPulseSample(pulse: Pulse, receivedMs: number): PulseSample {
  return {
    atMs: pulse.sampleTime ? timestampToMs(pulse.sampleTime) : receivedMs,
    acceptedPerSecond: pulse.acceptedPerSecond,
    lagSeconds: pulse.lagSeconds,
    lagRecords: Number(pulse.lagRecords),
    freshnessP99Ms: pulse.freshnessP99Ms,
    acked: Number(pulse.observationsAcked),
    applied: Number(pulse.observationsApplied),
    stored: Number(pulse.observationsStored),
    dead: Number(pulse.observationsDead),
    duplicate: Number(pulse.observationsDuplicate),
    rowsPending: Number(pulse.rowsPending),
    cities: Number(pulse.cities),
    residentBytes: Number(pulse.residentBytes),
    feed: pulse.feed && {
      replaying: pulse.feed.replaying,
      positionMs: pulse.feed.observeTime ? timestampToMs(pulse.feed.observeTime) : 0,
      shareDone: pulse.feed.shareDone,
    },
  };
}
