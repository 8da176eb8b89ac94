import { type PlacementRecord, type PlacementRecordStore, placementConflict } from '../placement-record.ts';

/** A record in memory, for one process and for tests. */
export function createMemoryRecordStore(initial?: PlacementRecord): PlacementRecordStore {
  let held = initial;
  return {
    load: async () => held,
    async save(record, previous) {
      if ((held?.epoch ?? 0) !== (previous?.epoch ?? 0) || record.epoch <= (held?.epoch ?? 0))
        throw placementConflict(record.epoch);
      held = record;
    },
  };
}
