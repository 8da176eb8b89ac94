import type { CheckpointStore } from '@isotherm/checkpoint';
import { beginRestore, createPartitionState } from '@isotherm/domain';
import { createForecaster, type Forecaster } from '@isotherm/forecast';
import type { LogAdmin, PartitionExtent } from '@isotherm/log';
import { decodeResultSettings } from '@isotherm/records';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import { type HeldPartition, newHeldPartition } from './held-partition.ts';

/** What loading a partition needs. */
export interface LoadPartitionDeps {
  readonly log: LogAdmin;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
}

/**
 * Brings back a partition's state from the newest good checkpoint; the log's tail is not applied yet. It takes nothing
 * from the owner.
 *
 * @param extent where the log began and ended at some time before.
 */
export async function loadPartition(
  deps: LoadPartitionDeps,
  partition: number,
  extent: PartitionExtent,
): Promise<HeldPartition> {
  const forecaster = createForecaster();
  const options = { partition, settings: decodeResultSettings(deps.log.settings), hourObserver: forecaster };
  let restore = beginRestore(options);
  const checkpoint = await deps.checkpoints.load(partition, {
    begin() {
      restore = beginRestore(options);
    },
    place: (head, bodyBytes) => restore.place(head, bodyBytes),
  });
  if (checkpoint === undefined) {
    requireFromStart(partition, extent);
    return newHeldPartition({ partition, state: createPartitionState(options), forecaster });
  }
  for (const reason of checkpoint.passedOver) {
    deps.logger.warn(
      { partition, reason, advice: 'The one before is used; check the disk.' },
      'Checkpoint was skipped',
    );
  }
  requireSameLog(partition, checkpoint.incarnation, deps.log.incarnation);
  // The owner may have gone on and written it after the log was asked where it ends: then it is asked again.
  const held = checkpoint.offset <= extent.end ? extent : (await deps.log.extents([partition])).get(partition)!;
  requireWithin(partition, checkpoint.offset, held);
  const { state, extras } = restore.finish();
  restoreForecasts(forecaster, extras, { partition, logger: deps.logger });
  return {
    ...newHeldPartition({ partition, state, forecaster }),
    base: checkpoint.id,
    sinkCursor: checkpoint.sinkCursor,
    checkpointOffset: checkpoint.offset,
    neededFrom: Math.min(checkpoint.offset, checkpoint.sinkCursor),
    fallbackNeededFrom: extent.start,
    segments: checkpoint.segments.length,
    deltaBytes: checkpoint.segmentBytes.slice(1).reduce((sum, bytes) => sum + bytes, 0),
    needsFullSegment: checkpoint.passedOver.length > 0,
  };
}

/** Forecasts of an older format are learnt anew: they are worth no refusal to start. */
function restoreForecasts(
  forecaster: Forecaster,
  states: readonly Uint8Array[],
  { partition, logger }: { readonly partition: number; readonly logger: Logger },
): void {
  try {
    for (const state of states) if (state.length > 0) forecaster.restoreState(state);
  } catch (error) {
    logger.warn(
      { err: error, partition, advice: 'They are learnt anew from the next hours.' },
      'Forecasts could not be restored',
    );
  }
}

function requireFromStart(partition: number, extent: PartitionExtent): void {
  if (extent.start === 0) return;
  throw new IsothermError({
    code: 'DATA_LOSS',
    id: 'CHECKPOINT_MISSING',
    message: `Partition ${partition} has no checkpoint, and its log begins at offset ${extent.start}: the records before are gone.`,
    advice: 'Restore the checkpoint directory from a backup, or start with an empty data directory.',
  });
}

/** Refuses a checkpoint of another log. @throws CHECKPOINT_OF_OTHER_LOG */
export function requireSameLog(partition: number, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'CHECKPOINT_OF_OTHER_LOG',
    message: `The checkpoint of partition ${partition} belongs to log ${found}, this log is ${wanted}.`,
    advice: 'Put log and checkpoints of the same data directory together, or start with an empty one.',
  });
}

function requireWithin(partition: number, offset: number, extent: PartitionExtent): void {
  if (offset >= extent.start && offset <= extent.end) return;
  throw new IsothermError({
    code: 'DATA_LOSS',
    id: offset > extent.end ? 'CHECKPOINT_BEYOND_LOG' : 'LOG_TRUNCATED',
    message: `The checkpoint of partition ${partition} stands at offset ${offset}, the log holds ${extent.start} to ${extent.end}.`,
    advice: 'The log lost records that were acked; restore it from a backup rather than going on without them.',
  });
}
