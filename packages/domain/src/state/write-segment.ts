import { noteDirty, restoreSince, sinceOf } from './dirty-since.ts';
import type { Outbox } from './outbox.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  CHUNK_SHIFT,
  CHUNK_SLOTS,
  chunkOfSlot,
  HANDED,
  HOUR_MINUTES,
  RING_HOURS,
  RING_ROWS,
  rowOfMinute,
  slotInChunk,
  TOUCHED,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { SegmentWriter } from './segment-bytes.ts';
import { SIDE_WIDTH } from './side-slab.ts';

/** "ISOSTATE" as a little-endian u64. */
export const SEGMENT_MAGIC = 0x4554_4154_534f_5349n;
/** Version of the layout of segments: a head, which says where the panes that follow it belong, and these panes. Readers refuse any other. */
export const SEGMENT_VERSION = 6;
/** Positions in the header: of the total length, and of the head's. */
const LENGTH_AT = 12;
const HEAD_LENGTH_AT = 20;

/** Place of a segment in its chain: deltas count up from the full one, and each names the offset it builds upon. */
export interface SegmentLink {
  readonly kind: 'full' | 'delta';
  readonly serial: number;
  readonly baseOffset: number;
}

/** Writes what changed since the last segment, or everything, and starts tracking changes anew. */
export function writeSegment(core: PartitionCore, outbox: Outbox, link: SegmentLink, extra: Uint8Array): Uint8Array {
  const full = link.kind === 'full';
  const writer = new SegmentWriter(full ? fullSegmentBytes(core) + extra.length : 1 << 16);
  writer.u64(SEGMENT_MAGIC);
  writer.u32(SEGMENT_VERSION);
  writer.f64(0);
  writer.u32(0);
  writer.u32(full ? 1 : 0);
  writer.u32(core.partition);
  writer.u32(link.serial);
  writer.f64(link.baseOffset);
  writeFacts(writer, core, outbox);
  withoutHandOuts(core, outbox, () => {
    const panes = writeChunks(writer, core, outbox, full);
    writeTables(writer, core, outbox, link.kind);
    writer.u32(extra.length);
    writer.array(extra);
    writer.patchU32(HEAD_LENGTH_AT, writer.length);
    for (const rows of panes) writer.array(rows);
  });
  writer.patchF64(LENGTH_AT, writer.length);
  return writer.finish();
}

/** About the size of a full segment. */
export function fullSegmentBytes(core: PartitionCore): number {
  let bytes = 4096 + core.side.end * SIDE_WIDTH * 8 + core.sessions.size * 640 + core.exceptions.count * 17;
  bytes += core.replayed.count * 12;
  for (const chunk of core.chunks) {
    for (let row = 0; row < RING_ROWS; row++) bytes += chunk.rowBytes(row).length;
    for (let page = 0; page < RING_HOURS; page++) if (isUsed(chunk, page)) bytes += PAGE_BYTES;
    bytes += CHUNK_SLOTS * 128 + RING_ROWS;
  }
  return bytes + core.evicted.count * 180 + core.storedCounts.size * 16;
}

function writeFacts(writer: SegmentWriter, core: PartitionCore, outbox: Outbox): void {
  for (const value of [
    core.appliedOffset,
    core.logTimeMs,
    core.applied,
    core.duplicate,
    core.dead,
    core.rejected,
    core.stored,
    Math.min(core.evictedSince, outbox.since),
  ]) {
    writer.f64(value);
  }
  writer.u32(core.nextChunk);
  writer.u32(core.cities.slotEnd);
  writer.u32(core.cities.freeSlots.length);
  writer.array(Uint32Array.from(core.cities.freeSlots));
}

/** To a segment a row that is handed out is dirty, no more: whoever restores it hands it out again. */
function withoutHandOuts(core: PartitionCore, outbox: Outbox, write: () => void): void {
  const undo: (() => void)[] = [];
  outbox.forEachHanded((slot, minute) => {
    const chunk = core.chunkOf(slot);
    const pane = chunk.paneOf(slotInChunk(slot), minute);
    const flags = chunk.flags(pane);
    const since = sinceOf(core.cities, slot);
    undo.push(() => {
      chunk.setFlags(pane, flags);
      restoreSince(core.cities, slot, since);
    });
    chunk.setFlags(pane, flags & ~(HANDED | TOUCHED));
    noteDirty(core.cities, slot, minute, outbox.since);
  });
  write();
  for (const revert of undo.reverse()) revert();
}

/** Bytes of a segment's head, which says where the rest belongs. All of it, where it is of another version. */
export function segmentHeadBytes(segment: Uint8Array): number {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  if (segment.length < HEAD_LENGTH_AT + 4 || view.getUint32(8, true) !== SEGMENT_VERSION) return segment.length;
  return Math.min(segment.length, view.getUint32(HEAD_LENGTH_AT, true));
}

function writeTables(writer: SegmentWriter, core: PartitionCore, outbox: Outbox, kind: SegmentLink['kind']): void {
  writeSide(writer, core, kind === 'full');
  writeWaiting(writer, core, outbox);
  writeExceptions(writer, core);
  writeBudget(writer, core);
  writeSessions(writer, core);
  writeReplayed(writer, core, kind);
}

/** @returns rows with a place for every slot, as they lie in memory: the segment's body. */
function writeChunks(writer: SegmentWriter, core: PartitionCore, outbox: Outbox, full: boolean): Uint8Array[] {
  const dirtyRows = core.chunks.map((chunk) => chunk.rowDirty.slice());
  outbox.forEachHanded((slot, minute) => {
    dirtyRows[chunkOfSlot(slot)]![rowOfMinute(minute)] = 1;
  });
  const chosen = core.chunks.map((chunk, index) => ({ chunk, index })).filter(({ chunk }) => full || isChanged(chunk));
  const wide: Uint8Array[] = [];
  writer.u32(core.chunks.length);
  writer.u32(chosen.length);
  for (const { chunk, index } of chosen) {
    writer.u32(index);
    writeCities(writer, core, index);
    writer.array(dirtyRows[index]!);
    writePages(writer, chunk, full, wide);
    chunk.blockChanged.fill(0);
    chunk.pageChanged.fill(0);
    chunk.citiesChanged = false;
  }
  return wide;
}

function isChanged(chunk: PaneChunk): boolean {
  return chunk.citiesChanged || chunk.blockChanged.includes(1) || chunk.pageChanged.includes(1);
}

function writeCities(writer: SegmentWriter, { cities }: PartitionCore, chunkIndex: number): void {
  const from = chunkIndex << CHUNK_SHIFT;
  for (let slot = from; slot < from + CHUNK_SLOTS; slot++) writer.text(cities.ids[slot]!);
  for (const column of cities.persisted) writer.array(column.subarray(from, from + CHUNK_SLOTS));
}

/** What a page takes besides its panes: hours and payers of the slots, and of each row its slots and how it is written. */
const PAGE_BYTES = 4 + CHUNK_SLOTS * 6 + HOUR_MINUTES * 9;

/** How a row is written: not at all, its panes here one after the other, or in the body with a place for every slot. */
export const RowKind = { UNCHANGED: 0, PACKED: 1, WIDE: 2 } as const;

function writePages(writer: SegmentWriter, chunk: PaneChunk, full: boolean, wide: Uint8Array[]): void {
  const kinds = Uint8Array.from({ length: RING_ROWS }, (_, row) => {
    if (chunk.rowCount(row) === 0 || !(full || chunk.isRowChanged(row))) return RowKind.UNCHANGED;
    return chunk.isWide(row) ? RowKind.WIDE : RowKind.PACKED;
  });
  const kindsOf = (page: number) => kinds.subarray(page * HOUR_MINUTES, (page + 1) * HOUR_MINUTES);
  const pages: number[] = [];
  for (let page = 0; page < RING_HOURS; page++) {
    const isChosen = full ? isUsed(chunk, page) : chunk.pageChanged[page] === 1;
    if (isChosen || kindsOf(page).some((kind) => kind !== RowKind.UNCHANGED)) pages.push(page);
  }
  writer.u32(pages.length);
  for (const page of pages) {
    writer.u32(page);
    for (const column of [chunk.hour, chunk.payer]) {
      writer.array(column.subarray(page * CHUNK_SLOTS, (page + 1) * CHUNK_SLOTS));
    }
    writer.array(chunk.slots.subarray(2 * page * HOUR_MINUTES, 2 * (page + 1) * HOUR_MINUTES));
    writer.array(kindsOf(page));
    kindsOf(page).forEach((kind, m) => {
      if (kind === RowKind.UNCHANGED) return;
      const panes = chunk.rowBytes(page * HOUR_MINUTES + m);
      if (kind === RowKind.WIDE) wide.push(panes);
      else writer.array(panes);
    });
  }
}

function isUsed(chunk: PaneChunk, page: number): boolean {
  return chunk.hour.subarray(page * CHUNK_SLOTS, (page + 1) * CHUNK_SLOTS).some((hour) => hour !== -1);
}

function writeBudget(writer: SegmentWriter, { budget }: PartitionCore): void {
  const tenants = [...budget];
  writer.u32(tenants.length);
  for (const { tenant, bytes } of tenants) {
    writer.text(tenant);
    writer.f64(bytes);
  }
}

function writeSide(writer: SegmentWriter, { side }: PartitionCore, full: boolean): void {
  writer.u32(side.end);
  writer.f64(side.free);
  if (full) {
    writer.u32(side.end);
    for (let entry = 0; entry < side.end; entry++) writeSideEntry(writer, side.values, entry);
  } else {
    const changed = side.changed.subarray(0, side.end);
    writer.u32(changed.reduce((sum, mark) => sum + mark, 0));
    for (let entry = 0; entry < side.end; entry++) if (changed[entry] === 1) writeSideEntry(writer, side.values, entry);
  }
  side.changed.fill(0);
}

function writeSideEntry(writer: SegmentWriter, values: Float64Array, entry: number): void {
  writer.u32(entry);
  writer.array(values.subarray(entry * SIDE_WIDTH, (entry + 1) * SIDE_WIDTH));
}

/** Rows outside the ring, and how much of dirty panes is stored. */
function writeWaiting(writer: SegmentWriter, { evicted, storedCounts }: PartitionCore, outbox: Outbox): void {
  const detached = outbox.detachedRows();
  writer.u32(evicted.count + detached.count);
  const more = detached.columns();
  evicted.columns().forEach((column, i) => {
    writer.array(column.subarray(0, evicted.count));
    writer.array(more[i]!.subarray(0, detached.count));
  });
  writer.u32(storedCounts.size);
  for (const [key, count] of storedCounts) {
    writer.f64(key);
    writer.f64(count);
  }
}

function writeExceptions(writer: SegmentWriter, { exceptions }: PartitionCore): void {
  writer.u32(exceptions.count);
  for (const column of exceptions.columns()) writer.array(column);
  writer.u32(exceptions.messages.size);
  for (const [offset, message] of exceptions.messages) {
    writer.f64(offset);
    writer.text(message);
  }
}

function writeSessions(writer: SegmentWriter, { sessions }: PartitionCore): void {
  const forgotten = [...sessions.forgotten()];
  const indexes = new Map(forgotten.map(([tenant], index) => [tenant, index]));
  writer.u32(forgotten.length);
  for (const [tenant, forgottenMs] of forgotten) {
    writer.text(tenant);
    writer.f64(forgottenMs);
  }
  writer.u32(sessions.size);
  for (const session of sessions) {
    writer.u32(indexes.get(session.tenant)!);
    writer.text(session.id);
    writer.u64(BigInt.asUintN(64, session.session));
    const { highest, lastSeenMs, observations, countedUntilMs, notBeforeMs } = session;
    for (const value of [highest, lastSeenMs, observations, countedUntilMs, notBeforeMs]) writer.f64(value);
    const { forgottenUntil, ranges, sequences, low, high } = session.memory.contents();
    writer.f64(forgottenUntil);
    writer.u32(ranges.length / 2);
    writer.u32(sequences.length);
    for (const column of [ranges, sequences, low, high]) writer.array(column);
  }
}

function writeReplayed(writer: SegmentWriter, { replayed }: PartitionCore, kind: SegmentLink['kind']): void {
  const { offset, row } = replayed.take(kind);
  writer.u32(offset.length);
  writer.array(offset);
  writer.array(row);
}
