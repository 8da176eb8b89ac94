import type { CheckpointInspection } from '@isotherm/checkpoint';

/** A partition's checkpoints, summed up. */
export interface PartitionSummary {
  readonly partition: number;
  /** The greatest term; 0 if the partition was never claimed. */
  readonly term: number;
  /** Who holds that term; undefined if it cannot be read. */
  readonly owner: string | undefined;
  readonly manifests: number;
  /** The checkpoint a start would use; undefined where there is none that is good. */
  readonly usable: UsableCheckpoint | undefined;
  /** What is damaged, newest first. Empty when all is good. */
  readonly faults: readonly { readonly manifest: string; readonly fault: string }[];
  /** What a start would do about the damage. Empty when all is good. */
  readonly recovery: string;
}

/** A checkpoint that can be loaded. */
export interface UsableCheckpoint {
  readonly manifest: string;
  /** Whether it is the newest one. */
  readonly newest: boolean;
  /** Offset after the last record it reflects. */
  readonly offset: number;
  /** Offset up to which dead letters and raw rows are stored. */
  readonly sinkCursor: number;
  readonly incarnation: string;
  readonly fullSegments: number;
  readonly deltaSegments: number;
  readonly bytes: number;
  /** When it was written, in ms since the epoch; undefined where the store does not say. */
  readonly writtenMs: number | undefined;
}

/** Sums up what was found of a partition. */
export function describePartition(found: CheckpointInspection): PartitionSummary {
  const { partition, term, owner, manifests } = found;
  const faults = manifests.flatMap(({ name, fault }) => (fault === undefined ? [] : [{ manifest: name, fault }]));
  const usable = usableOf(found);
  return {
    partition,
    term,
    owner,
    manifests: manifests.length,
    usable,
    faults,
    recovery: faults.length === 0 ? '' : recoveryOf(usable),
  };
}

function usableOf({ manifests }: CheckpointInspection): UsableCheckpoint | undefined {
  const at = manifests.findIndex(({ fault }) => fault === undefined);
  const good = manifests[at];
  if (good?.manifest === undefined) return undefined;
  const { offset, sinkCursor, incarnation } = good.manifest;
  return {
    manifest: good.name,
    newest: at === 0,
    offset,
    sinkCursor,
    incarnation,
    fullSegments: good.segments.filter(({ kind }) => kind === 'full').length,
    deltaSegments: good.segments.filter(({ kind }) => kind === 'delta').length,
    bytes: good.segments.reduce((sum, { bytes }) => sum + bytes, 0),
    writtenMs: good.writtenMs,
  };
}

function recoveryOf(usable: UsableCheckpoint | undefined): string {
  if (usable === undefined)
    return 'No checkpoint is good: a start applies the log from offset 0, or refuses if that is gone.';
  const { manifest, offset } = usable;
  return usable.newest
    ? `A start uses the newest, ${manifest}, which is good; the one behind it is no fallback.`
    : `A start passes it over, uses ${manifest} and applies the log from offset ${offset}.`;
}
