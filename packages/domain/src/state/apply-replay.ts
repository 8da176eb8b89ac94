import type { ObservationsRecord, ReplayColumns } from '@isotherm/records';
import { flushBackfill } from './backfill.ts';
import type { SliceOutcomes } from './deduplicate-slices.ts';
import type { Backfills, PartitionCore } from './partition-core.ts';

/** Adds one row of the record, noting it if it is refused. @returns whether it was added. */
export type AddRow = (row: number) => boolean;

/**
 * Applies the rows of a replay in order, each counted once for good: the letters replayed with success are remembered.
 * A row of a sealed minute is backfill while the ring holds what it changes.
 */
export function applyReplay(
  core: PartitionCore,
  record: ObservationsRecord,
  letters: ReplayColumns,
  outcomes: SliceOutcomes,
  addRow: AddRow,
): void {
  core.exceptions.add(core.appliedOffset, 'replay', { slice: -1, row: -1 });
  const backfills: Backfills = new Map();
  core.backfills = backfills;
  let row = 0;
  for (let slice = 0; slice < record.slices.count; slice++) {
    const end = record.slices.rowEnd[slice]!;
    if (outcomes.of[slice] !== 'fresh') row = end;
    const session = outcomes.sessions[slice];
    for (; row < end; row++) {
      if (skipReplayed(core, letters, slice, row)) continue;
      if (session !== undefined) session.observations++;
      if (addRow(row)) core.replayed.add(letters.offset[row]!, letters.row[row]!);
    }
  }
  for (const slot of [...backfills.keys()]) flushBackfill(core, slot);
  core.backfills = undefined;
  record.rejectedRows.forEach(({ slice }, index) => {
    if (outcomes.of[slice] === 'duplicate') return;
    if (!skipReplayed(core, letters, slice, record.rowCount + index)) core.rejected++;
  });
}

/** Whether the letter of a row counts already; noted then. */
function skipReplayed(core: PartitionCore, letters: ReplayColumns, slice: number, row: number): boolean {
  if (!core.replayed.has(letters.offset[row]!, letters.row[row]!)) return false;
  core.exceptions.add(core.appliedOffset, 'replayed', { slice, row });
  core.duplicate++;
  return true;
}
