import type { IsothermError } from '@isotherm/service-kit';
import { batchPartlyKept } from '../ingest-errors.ts';
import type { StagedBatch, StagedGroup } from '../staging/staged-group.ts';
import type { AppendedGroup } from './group-committer.ts';

/**
 * Why a batch of a group does not count as kept: the log's error where none of its slices is, an error that names its
 * rows where some are; undefined where all are.
 */
export function batchFailure(
  batch: StagedBatch,
  group: { readonly staged: StagedGroup; readonly outcome: AppendedGroup },
): IsothermError | undefined {
  const { staged, outcome } = group;
  if (outcome.firstFailure === undefined) return undefined;
  const partitions = staged.slices.partition.subarray(batch.firstSlice, batch.endSlice);
  let failure: IsothermError | undefined;
  let kept = 0;
  for (const partition of partitions) {
    const found = outcome.outcomeIn(partition);
    if (found.kind === 'kept') kept += 1;
    else failure ??= found.error;
  }
  if (failure === undefined || kept === 0) return failure;
  const isKept = (partition: number) => outcome.outcomeIn(partition).kind === 'kept';
  return batchPartlyKept({ rows: rowsOutside(batch, staged, isKept), ...batch }, failure);
}

/** The numbers of a batch's rows, rejected ones too, whose partitions are not kept, rising. */
function rowsOutside(batch: StagedBatch, staged: StagedGroup, isKept: (partition: number) => boolean): number[] {
  const rejects = staged.rejects.filter(({ slice }) => slice >= batch.firstSlice && slice < batch.endSlice);
  const rejectedIn = new Map(rejects.map(({ batchRow, slice }) => [batchRow, staged.slices.partition[slice]!]));
  const rows: number[] = [];
  let accepted = batch.firstRow;
  for (let row = 0; row < batch.accepted + batch.rejected; row += 1) {
    const partition = rejectedIn.get(row) ?? staged.partition[accepted++]!;
    if (!isKept(partition)) rows.push(row);
  }
  return rows;
}
