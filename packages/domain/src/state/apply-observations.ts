import { CITY_STRING_BIT, type ObservationsRecord } from '@isotherm/records';
import { addRows } from './add-rows.ts';
import { applyReplay } from './apply-replay.ts';
import { deduplicateSlices, type SliceOutcomes } from './deduplicate-slices.ts';
import { heatIndexesOf } from './heat-indexes.ts';
import { NO_ROOM } from './open-pane.ts';
import type { PartitionCore } from './partition-core.ts';
import { CITY_COST_BYTES } from './state-budget.ts';

/** Stands for a row whose city found no slot: {@link NO_ROOM} is the other reason. */
const NO_SLOT = -1;

let slotOfRow = new Int32Array(1024);
/** Good for the record under way. */
let heatIndexes = new Float64Array(0);

/** Applies a validated record of observations at `core.appliedOffset`. */
export function applyObservations(core: PartitionCore, record: ObservationsRecord, appendMs: number): void {
  // First what can throw.
  heatIndexes = heatIndexesOf(core.kernel, record);
  core.advanceLogTime(appendMs);
  const outcomes = deduplicateSlices(core, record);
  if (slotOfRow.length < record.rowCount) slotOfRow = new Int32Array(record.rowCount * 2);
  const { replay } = record;
  if (replay !== undefined) {
    applyReplay(core, record, replay, outcomes, (row) => addRun(core, record, outcomes, row, row + 1) === 1);
    return;
  }
  noteRejectedRows(core, record, outcomes);
  // Slices of one tenant that count and follow one another are added in one go.
  let from = 0;
  let start = 0;
  for (let slice = 0; slice < record.slices.count; slice++) {
    const end = record.slices.rowEnd[slice]!;
    const tenant = record.slices.tenant[slice];
    if (outcomes.of[slice] !== 'fresh') {
      addRun(core, record, outcomes, from, start);
      from = end;
    } else {
      if (slice > 0 && tenant !== record.slices.tenant[slice - 1]) {
        addRun(core, record, outcomes, from, start);
        from = start;
      }
      const session = outcomes.sessions[slice];
      if (session !== undefined) session.observations += end - start;
    }
    start = end;
  }
  addRun(core, record, outcomes, from, start);
}

function noteRejectedRows(core: PartitionCore, record: ObservationsRecord, outcomes: SliceOutcomes): void {
  const before = core.rejected;
  for (const { slice } of record.rejectedRows) if (outcomes.of[slice] !== 'duplicate') core.rejected++;
  if (core.rejected > before) core.exceptions.add(core.appliedOffset, 'rejected', { slice: -1, row: -1 });
}

/** Adds rows of one tenant. @returns rows added. */
function addRun(
  core: PartitionCore,
  record: ObservationsRecord,
  outcomes: SliceOutcomes,
  from: number,
  to: number,
): number {
  if (from === to) return 0;
  core.tenant = core.budget.indexOf(record.tenants[record.slices.tenant[sliceOfRow(record, from)]!]!);
  resolveCities(core, record, from, to);
  const added = addRows(core, record, { slotOfRow, heatIndexes }, { from, to }, (row, kind) => {
    const slice = sliceOfRow(record, row);
    core.exceptions.add(core.appliedOffset, kind, { slice, row });
    core.dead++;
    const session = outcomes.sessions[slice];
    if (session !== undefined) session.observations--;
  });
  core.applied += added;
  return added;
}

/** Finds the rows' slots and admits new cities, before anything holds on to arrays that may grow. */
function resolveCities(core: PartitionCore, record: ObservationsRecord, from: number, to: number): void {
  const { cities } = core;
  const { cityRef, cityStrings } = record;
  for (let row = from; row < to; row++) {
    const ref = cityRef[row]!;
    let slot = NO_SLOT;
    if (ref < CITY_STRING_BIT) {
      slot = cities.slotOfRef(ref);
      if (slot < 0) slot = admit(core, String(ref));
    } else {
      const cityId = cityStrings[ref - CITY_STRING_BIT]!;
      slot = cities.slotOf(cityId);
      if (slot < 0) slot = admit(core, cityId);
    }
    slotOfRow[row] = slot;
  }
}

function admit(core: PartitionCore, cityId: string): number {
  if (core.cities.count >= core.settings.maxCitiesPerPartition) return NO_SLOT;
  if (!core.hasRoom()) return NO_ROOM;
  const slot = core.cities.admit(cityId, core.tenant);
  core.budget.charge(core.tenant, CITY_COST_BYTES);
  core.chunkOf(slot);
  return slot;
}

function sliceOfRow({ slices }: ObservationsRecord, row: number): number {
  let low = 0;
  let high = slices.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slices.rowEnd[middle]! > row) high = middle;
    else low = middle + 1;
  }
  return low;
}
