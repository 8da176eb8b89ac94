import { assertPlacement, type Placement } from '@isotherm/placement';
import { IsothermError } from '@isotherm/service-kit';

/** A shard as the record knows it. */
export interface RecordedShard {
  readonly name: string;
  /** host:port of its hot reads. */
  readonly address: string;
  /** host:port of its control calls. */
  readonly controlAddress: string;
  /** Whether it gives its partitions away and gets none. */
  readonly draining: boolean;
}

/** Nobody has owned the partition yet. */
export const NO_OWNER = -1;

/** What the only writer of the placement keeps: who owns each partition as far as it knows, and who shall. */
export interface PlacementRecord {
  /** Rises strictly with every write. */
  readonly epoch: number;
  readonly shards: readonly RecordedShard[];
  /** Last acknowledged owner of each partition: index into `shards`, or {@link NO_OWNER}. */
  readonly owners: readonly number[];
  /** Who shall own each partition: index into `shards`. */
  readonly targets: readonly number[];
  /** Shards that follow each partition besides its owner: indexes into `shards`. */
  readonly standbys: readonly (readonly number[])[];
}

/** Keeps the record. Of two writers that start from the same version, one wins. */
export interface PlacementRecordStore {
  /** The newest record, or undefined if there is none yet. */
  load(): Promise<PlacementRecord | undefined>;
  /**
   * Writes a record whose epoch is greater than that of `previous`, which was loaded or saved before.
   * @throws PLACEMENT_CONFLICT if another writer was faster; {@link isConflict} tells.
   */
  save(record: PlacementRecord, previous: PlacementRecord | undefined): Promise<void>;
}

/** Another writer has changed the record. */
export function placementConflict(epoch: number, cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'ABORTED',
    id: 'PLACEMENT_CONFLICT',
    message: `Another writer has recorded placement epoch ${epoch} already.`,
    advice: 'One coordinator or operator may write a placement: find out whether a second one runs.',
    metadata: { epoch: String(epoch) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether the error says that another writer was faster. */
export function isConflict(error: unknown): boolean {
  return error instanceof IsothermError && error.id === 'PLACEMENT_CONFLICT';
}

/** The table that readers use: the acknowledged owner, or the target where nobody has owned the partition yet. */
export function tableOf(record: PlacementRecord): Placement {
  return placement(
    record,
    record.owners.map((owner, partition) => (owner === NO_OWNER ? record.targets[partition]! : owner)),
  );
}

/** The table that shall be. */
export function targetTableOf(record: PlacementRecord): Placement {
  return placement(record, record.targets);
}

function placement(record: PlacementRecord, owners: readonly number[]): Placement {
  const table = {
    epoch: record.epoch,
    partitionCount: owners.length,
    shards: record.shards.map(({ name }) => name),
    owners,
  };
  assertPlacement(table);
  return table;
}

/** Whether every partition is owned by its target. */
export function isConverged(record: PlacementRecord): boolean {
  return record.owners.every((owner, partition) => owner === record.targets[partition]);
}

/** Name of the shard that an index of the record stands for; undefined for {@link NO_OWNER}. */
export function shardName(record: PlacementRecord, index: number): string | undefined {
  return record.shards[index]?.name;
}
