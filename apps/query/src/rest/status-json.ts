import type { GetStatusResponse, Pulse } from '@isotherm/contracts/platform/v1/platform_service';
import { formulaName, instant, rounded } from './json-answers.ts';

/** The state of the platform as JSON. */
export function statusJson(status: GetStatusResponse) {
  return {
    version: status.version,
    incarnation: status.incarnation,
    heat_index_formula: formulaName(status.formula),
    pulse: status.pulse === undefined ? null : pulseJson(status.pulse),
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

function pulseJson(pulse: Pulse) {
  return {
    sample_time: instant(pulse.sampleTime),
    accepted_per_second: rounded(pulse.acceptedPerSecond),
    lag_seconds: rounded(pulse.lagSeconds, 3),
    lag_records: Number(pulse.lagRecords),
    freshness_p99_ms: rounded(pulse.freshnessP99Ms),
    observations_acked: Number(pulse.observationsAcked),
    observations_applied: Number(pulse.observationsApplied),
    observations_stored: Number(pulse.observationsStored),
    observations_dead: Number(pulse.observationsDead),
    observations_duplicate: Number(pulse.observationsDuplicate),
    rows_pending: Number(pulse.rowsPending),
    rows_stored: Number(pulse.rowsStored),
    cities: Number(pulse.cities),
    resident_bytes: Number(pulse.residentBytes),
    feed:
      pulse.feed === undefined
        ? null
        : {
            replaying: pulse.feed.replaying,
            observe_time: instant(pulse.feed.observeTime),
            share_done: rounded(pulse.feed.shareDone, 4),
          },
  };
}
