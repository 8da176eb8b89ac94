import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { PlatformStats } from '@isotherm/contracts/platform/v1/platform_service';
import type { StatsSample } from './stats-history.ts';

/** Milliseconds since 1970 of a timestamp. */
export function timestampToMs(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}

/** Stats as plain numbers. `receivedMs` stands in for a missing time. */
export function toStatsSample(stats: PlatformStats, receivedMs: number): StatsSample {
  return {
    atMs: stats.sampleTime ? timestampToMs(stats.sampleTime) : receivedMs,
    acceptedPerSecond: stats.acceptedPerSecond,
    lagSeconds: stats.lagSeconds,
    lagRecords: Number(stats.lagRecords),
    freshnessP99Ms: stats.freshnessP99Ms,
    acked: Number(stats.observationsAcked),
    applied: Number(stats.observationsApplied),
    stored: Number(stats.observationsStored),
    dead: Number(stats.observationsDead),
    duplicate: Number(stats.observationsDuplicate),
    rowsPending: Number(stats.rowsPending),
    cities: Number(stats.cities),
    residentBytes: Number(stats.residentBytes),
    feed: stats.feed && {
      replaying: stats.feed.replaying,
      positionMs: stats.feed.observeTime ? timestampToMs(stats.feed.observeTime) : 0,
      shareDone: stats.feed.shareDone,
    },
  };
}
