import type { GetStatusResponse, PlatformStats } from '@isotherm/contracts/platform/v1/platform_service';
import { formulaName, instant, rounded } from './json-answers.ts';

/** The state of the platform as JSON. */
export function statusJson(status: GetStatusResponse) {
  return {
    version: status.version,
    incarnation: status.incarnation,
    heat_index_formula: formulaName(status.formula),
    stats: status.stats === undefined ? null : statsJson(status.stats),
    shards: status.shards.map((shard) => ({
      shard: shard.shard,
      epoch: Number(shard.epoch),
      partitions: shard.partitions.map((partition) => ({
        partition: partition.partition,
        owner: partition.owner,
        end_offset: Number(partition.endOffset),
        applied_offset: Number(partition.appliedOffset),
        stored_offset: Number(partition.storedOffset),
        checkpoint_offset: Number(partition.checkpointOffset),
        lag_records: Number(partition.lagRecords),
        lag_seconds: rounded(partition.lagSeconds, 3),
        watermark_time: instant(partition.watermarkTime),
        cities: partition.cities,
        observations_applied: Number(partition.observationsApplied),
        observations_dead: Number(partition.observationsDead),
        observations_duplicate: Number(partition.observationsDuplicate),
        observations_stored: Number(partition.observationsStored),
        rows_pending: Number(partition.rowsPending),
      })),
      producers: shard.producers.map((producer) => ({
        tenant: producer.tenant,
        producer_id: producer.producerId,
        session: String(producer.session),
        sequence: Number(producer.sequence),
        last_append_time: instant(producer.lastAppendTime),
        observations: Number(producer.observations),
      })),
    })),
    unreachable_shards: status.unreachableShards,
  };
}

function statsJson(stats: PlatformStats) {
  return {
    sample_time: instant(stats.sampleTime),
    accepted_per_second: rounded(stats.acceptedPerSecond),
    lag_seconds: rounded(stats.lagSeconds, 3),
    lag_records: Number(stats.lagRecords),
    freshness_p99_ms: rounded(stats.freshnessP99Ms),
    observations_acked: Number(stats.observationsAcked),
    observations_applied: Number(stats.observationsApplied),
    observations_stored: Number(stats.observationsStored),
    observations_dead: Number(stats.observationsDead),
    observations_duplicate: Number(stats.observationsDuplicate),
    rows_pending: Number(stats.rowsPending),
    rows_stored: Number(stats.rowsStored),
    cities: Number(stats.cities),
    resident_bytes: Number(stats.residentBytes),
    feed:
      stats.feed === undefined
        ? null
        : {
            replaying: stats.feed.replaying,
            observe_time: instant(stats.feed.observeTime),
            share_done: rounded(stats.feed.shareDone, 4),
          },
  };
}
