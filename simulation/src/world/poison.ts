import type { Log } from '@isotherm/log';
import { encodeObservations } from '@isotherm/records';
import { IMPOSSIBLE_CELSIUS } from '../checks/plain-record.ts';
import type { World } from './world.ts';

/** Appends a record that no shard can read, or one that none can apply: the partition must go on without it. */
export function appendPoison({ faults, layout, scheduler, recorder }: World, log: Log): void {
  const { prng } = faults;
  const partition = prng.below(layout.partitionCount);
  const nowMs = Math.floor(scheduler.nowMs);
  const rows = Array.from({ length: 1 + prng.below(4) }, () => ({
    cityId: prng.pick(layout.cityIds),
    observedMs: nowMs - prng.below(10_000),
    temperature: prng.below(30),
    ...(prng.chance(0.3) ? { sensorId: 'a' } : {}),
  }));
  rows[prng.below(rows.length)]!.temperature = IMPOSSIBLE_CELSIUS;
  const bytes = prng.chance(0.5)
    ? Uint8Array.from({ length: prng.below(60) }, () => prng.below(256))
    : encodeObservations({ slices: [{ rows }, { rows: rows.slice(0, prng.below(2)) }] });
  const record = { partition, bytes, weight: 0 };
  log
    .append([record])
    .catch((error: unknown) => recorder.logger.debug({ err: error }, 'simulation: poison was not kept'));
}
