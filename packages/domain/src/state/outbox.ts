import { SlotUse } from './city-table.ts';
import { dirtySince, noteDirty } from './dirty-since.ts';
import { type HandOutOptions, handOutRows } from './hand-out-rows.ts';
import { paneKey } from './pane-key.ts';
import {
  CORRECTABLE_HOURS,
  DIRTY,
  HANDED,
  hourOfMinute,
  RING_HOURS,
  rowOfMinute,
  slotInChunk,
  slotPageAt,
  TOUCHED,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import type { PendingRows } from './partition-state.ts';
import { releaseSidePanes } from './ring-page.ts';
import { RowColumns } from './row-columns.ts';

/** Hands out rows to be stored, one batch at a time, and learns what became of them. */
export class Outbox {
  readonly #core: PartitionCore;
  readonly #rows = new RowColumns();
  /** Rows at the start of the batch that are from outside the ring. */
  #fromEvicted = 0;
  #open = false;
  /** At most the offset that first dirtied any row of the batch. */
  #since = Number.POSITIVE_INFINITY;

  constructor(core: PartitionCore) {
    this.#core = core;
  }

  /** Rows to be stored; undefined if there is none, or a batch is out. */
  take(options: HandOutOptions): PendingRows | undefined {
    if (this.#open) return undefined;
    const core = this.#core;
    const rows = this.#rows;
    const since = this.storedOffset;
    if (core.mayWaitTwice) this.#dropOutdated();
    rows.count = 0;
    this.#fromEvicted = Math.min(options.maxRows, core.evicted.count);
    rows.append(core.evicted, 0, this.#fromEvicted);
    handOutRows(core, rows, options);
    if (rows.count === 0) return undefined;
    this.#open = true;
    this.#since = since;
    let settled = false;
    const settle = (how: () => void) => () => {
      if (settled) return;
      settled = true;
      how();
      this.#open = false;
      this.#since = Number.POSITIVE_INFINITY;
    };
    return {
      rows: rows.view(core.partition, core.appliedOffset, core.cities.ids),
      stored: settle(() => this.#stored()),
      failed: settle(() => this.#failed()),
    };
  }

  /** Everything that records before this offset changed is stored. */
  get storedOffset(): number {
    const { appliedOffset, cities, evictedSince } = this.#core;
    let offset = Math.min(appliedOffset, evictedSince, this.#since);
    for (let slot = 0; slot < cities.slotEnd; slot++) {
      offset = Math.min(offset, dirtySince(cities, slot));
    }
    return offset;
  }

  /** Rows of the batch whose panes are out of reach: only the batch holds them. */
  detachedRows(): RowColumns {
    const detached = new RowColumns();
    if (!this.#open) return detached;
    for (let at = this.#fromEvicted; at < this.#rows.count; at++) {
      const key = paneKey(this.#rows.slot[at]!, this.#rows.minute[at]!);
      if (this.#isOutOfReach(at) && !this.#core.evictedAgain.has(key)) detached.append(this.#rows, at, at + 1);
    }
    return detached;
  }

  /** Calls back for each pane of the ring that is handed out. */
  forEachHanded(visit: (slot: number, minute: number) => void): void {
    if (!this.#open) return;
    for (let at = this.#fromEvicted; at < this.#rows.count; at++) {
      if (!this.#isOutOfReach(at)) visit(this.#rows.slot[at]!, this.#rows.minute[at]!);
    }
  }

  /** At most the offset that first dirtied any row of the batch; infinite without one. */
  get since(): number {
    return this.#since;
  }

  #isOutOfReach(at: number): boolean {
    const newestMinute = this.#core.cities.newestMinute[this.#rows.slot[at]!]!;
    return hourOfMinute(newestMinute) - hourOfMinute(this.#rows.minute[at]!) > CORRECTABLE_HOURS;
  }

  #stored(): void {
    const core = this.#core;
    const rows = this.#rows;
    for (let at = 0; at < rows.count; at++) {
      core.stored += rows.observations[at]! - rows.storedBefore[at]!;
      if (at >= this.#fromEvicted) this.#storedPane(at);
      else this.#settleRow(rows.slot[at]!);
    }
    core.evicted.dropFirst(this.#fromEvicted);
    if (core.evicted.count === 0) core.evictedSince = Number.POSITIVE_INFINITY;
    core.evictedAgain.clear();
    core.detached.clear();
  }

  /** Of two rows outside the ring with one key only the newer is stored: in one batch they would have the same version. */
  #dropOutdated(): void {
    const core = this.#core;
    const { evicted } = core;
    const latest = new Map<number, number>();
    const outdated = new Set<number>();
    for (let at = 0; at < evicted.count; at++) {
      const key = paneKey(evicted.slot[at]!, evicted.minute[at]!);
      const before = latest.get(key);
      latest.set(key, at);
      if (before === undefined) continue;
      outdated.add(before);
      evicted.storedBefore[at] = evicted.storedBefore[before]!;
      this.#settleRow(evicted.slot[at]!);
    }
    evicted.drop(outdated);
    core.mayWaitTwice = false;
  }

  #storedPane(at: number): void {
    const core = this.#core;
    const slot = this.#rows.slot[at]!;
    const minute = this.#rows.minute[at]!;
    const key = paneKey(slot, minute);
    const again = core.evictedAgain.size === 0 ? undefined : core.evictedAgain.get(key);
    if (again !== undefined) {
      core.evicted.storedBefore[again] = this.#rows.observations[at]!;
      core.storedCounts.delete(key);
      return;
    }
    if (this.#isOutOfReach(at)) {
      core.storedCounts.delete(key);
      this.#settleRow(slot);
      return;
    }
    const chunk = core.chunkOf(slot);
    const pane = chunk.paneOf(slotInChunk(slot), minute);
    const flags = chunk.flags(pane);
    chunk.touch(pane);
    if ((flags & TOUCHED) !== 0) {
      chunk.setFlags(pane, flags & ~(HANDED | TOUCHED));
      core.storedCounts.set(key, this.#rows.observations[at]!);
      return;
    }
    chunk.setFlags(pane, flags & ~(DIRTY | HANDED));
    if (core.storedCounts.size > 0) core.storedCounts.delete(key);
    this.#settleRow(slot);
  }

  /** One row less is waiting. */
  #settleRow(slot: number): void {
    const { cities } = this.#core;
    this.#core.rowsPending--;
    cities.pending[slot]!--;
    if (cities.pending[slot] === 0 && cities.use[slot] === SlotUse.RETIRING) releaseSlot(this.#core, slot);
  }

  #failed(): void {
    const core = this.#core;
    const { cities } = core;
    for (let at = this.#fromEvicted; at < this.#rows.count; at++) {
      const slot = this.#rows.slot[at]!;
      const minute = this.#rows.minute[at]!;
      if (this.#isOutOfReach(at)) {
        if (core.evictedAgain.has(paneKey(slot, minute))) continue;
        core.evicted.append(this.#rows, at, at + 1);
        core.storedCounts.delete(paneKey(slot, minute));
        core.evictedSince = Math.min(core.evictedSince, this.#since);
        continue;
      }
      const chunk = core.chunkOf(slot);
      const pane = chunk.paneOf(slotInChunk(slot), minute);
      const flags = chunk.flags(pane);
      if ((flags & TOUCHED) === 0) cities.unhanded[slot]!++;
      chunk.setFlags(pane, flags & ~(HANDED | TOUCHED));
      chunk.rowDirty[rowOfMinute(minute)] = 1;
      noteDirty(cities, slot, minute, this.#since);
      // The newest pane may change again without being located anew.
      chunk.forgetSums(slotInChunk(slot), minute);
    }
    core.evictedAgain.clear();
    core.detached.clear();
  }
}

/** Lets a slot be used again once none of its rows waits. */
export function releaseSlot(core: PartitionCore, slot: number): void {
  const chunk = core.chunkOf(slot);
  const inChunk = slotInChunk(slot);
  for (let page = 0; page < RING_HOURS; page++) {
    const slotPage = slotPageAt(page, inChunk);
    if (chunk.hour[slotPage] === -1) continue;
    if (core.cities.sidePanes[slot]! > 0) releaseSidePanes(core, { chunk, slot, slotPage });
    chunk.begin(slotPage, -1);
  }
  chunk.citiesChanged = true;
  chunk.forgetSlot(inChunk);
  core.cities.release(slot);
}
