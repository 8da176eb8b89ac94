import { BodyPlaces } from './body-places.ts';
import { NO_MINUTE, SlotUse } from './city-table.ts';
import { MAX_EXCEPTIONS } from './exception-log.ts';
import type { PaneChunk } from './pane-chunk.ts';
import {
  CHUNK_SHIFT,
  CHUNK_SLOTS,
  DIRTY,
  HOUR_MINUTES,
  RING_HOURS,
  RING_ROWS,
  rowOfMinute,
  SIDE,
} from './pane-layout.ts';
import type { PartitionCore } from './partition-core.ts';
import { MAX_REPLAYED_LETTERS } from './replayed-letters.ts';
import { SegmentReader } from './segment-bytes.ts';
import { SegmentFormatError } from './segment-format-error.ts';
import { COMPARED_SEQUENCES, MAX_RANGES, type SequenceContents } from './sequence-memory.ts';
import { MAX_SESSIONS, newSession } from './session-table.ts';
import { SIDE_WIDTH } from './side-slab.ts';
import { RowKind, SEGMENT_MAGIC, SEGMENT_VERSION } from './write-segment.ts';

/** Slots a partition may ever have. */
const MAX_SLOTS = 1 << 24;
/** What a chunk takes of a segment at least: 64 ids without a letter, and which rows are dirty. */
const LEAST_CHUNK_BYTES = CHUNK_SLOTS * 4 + RING_ROWS;
const EXCEPTION_BYTES = 17;
const SIDE_ENTRY_BYTES = 4 + SIDE_WIDTH * 8;

/** Applies a segment's head to a state that the segments before it made. @returns its serial, extra bytes and where its body belongs. */
export function readSegmentHead(
  core: PartitionCore,
  head: Uint8Array,
  expected: { readonly serial: number; readonly first: boolean; readonly bodyBytes: number },
): { readonly serial: number; readonly extra: Uint8Array; readonly places: readonly Uint8Array[] } {
  const reader = new SegmentReader(head);
  const serial = readHeader(reader, core, head.length, expected);
  readFacts(reader, core);
  const body = new BodyPlaces();
  readChunks(reader, core, (place) => body.add(place));
  readSide(reader, core);
  readWaiting(reader, core);
  readExceptions(reader, core);
  readBudget(reader, core);
  readSessions(reader, core);
  readReplayed(reader, core);
  const extra = reader.bytes(reader.u32());
  if (reader.remaining !== 0) throw new SegmentFormatError(`the segment has ${reader.remaining} bytes too many`);
  if (body.bytes !== expected.bodyBytes) {
    throw new SegmentFormatError(
      `the segment's panes take ${body.bytes} bytes, and ${expected.bodyBytes} follow its head`,
    );
  }
  return { serial, extra, places: body.places };
}

function readHeader(
  reader: SegmentReader,
  core: PartitionCore,
  headBytes: number,
  expected: { readonly serial: number; readonly first: boolean; readonly bodyBytes: number },
): number {
  if (reader.u64() !== SEGMENT_MAGIC) throw new SegmentFormatError('these bytes are no segment of a partition');
  const version = reader.u32();
  if (version !== SEGMENT_VERSION) {
    throw new SegmentFormatError(`the segment has version ${version}, this program reads version ${SEGMENT_VERSION}`);
  }
  const declared = reader.f64();
  const length = headBytes + expected.bodyBytes;
  if (declared !== length) {
    throw new SegmentFormatError(`the segment should have ${declared} bytes and has ${length}`);
  }
  if (reader.u32() !== headBytes) {
    throw new SegmentFormatError(`the segment's head is not ${headBytes} bytes long`);
  }
  const full = reader.u32() === 1;
  const partition = reader.u32();
  if (partition !== core.partition) {
    throw new SegmentFormatError(`the segment is of partition ${partition}, not ${core.partition}`);
  }
  const serial = reader.u32();
  const baseOffset = reader.f64();
  if (full && !expected.first) throw new SegmentFormatError('a full segment follows other segments');
  if (!full && (serial !== expected.serial || baseOffset !== core.appliedOffset)) {
    throw new SegmentFormatError(
      `the segment is number ${serial} and builds on offset ${baseOffset}; number ${expected.serial} on offset ${core.appliedOffset} should follow`,
    );
  }
  return serial;
}

function readFacts(reader: SegmentReader, core: PartitionCore): void {
  core.appliedOffset = reader.f64();
  core.logTimeMs = reader.f64();
  core.applied = reader.f64();
  core.duplicate = reader.f64();
  core.dead = reader.f64();
  core.rejected = reader.f64();
  core.stored = reader.f64();
  core.evictedSince = reader.f64();
  core.nextChunk = reader.u32();
  // Slots that are new come with their chunk: nothing is allocated for a number alone.
  const newSlots = CHUNK_SLOTS * Math.ceil(reader.remaining / LEAST_CHUNK_BYTES);
  const slotEnd = reader.count('slots', Math.min(MAX_SLOTS, core.cities.slotEnd + newSlots));
  core.cities.reserve(slotEnd);
  core.cities.slotEnd = slotEnd;
  const free = new Uint32Array(reader.count('free slots', slotEnd));
  reader.into(free);
  core.cities.freeSlots = [...free];
}

function readChunks(reader: SegmentReader, core: PartitionCore, panes: (place: Uint8Array) => void): void {
  const chunkCount = reader.count('chunks', Math.ceil(core.cities.slotEnd / CHUNK_SLOTS));
  if (chunkCount > 0) core.chunkOf((chunkCount << CHUNK_SHIFT) - 1);
  const chosen = reader.count('changed chunks', chunkCount);
  for (let i = 0; i < chosen; i++) {
    const index = reader.count('chunks before one', chunkCount - 1);
    const from = index << CHUNK_SHIFT;
    for (let slot = from; slot < from + CHUNK_SLOTS; slot++) core.cities.ids[slot] = reader.text();
    for (const column of core.cities.persisted) reader.into(column.subarray(from, from + CHUNK_SLOTS));
    const chunk = core.chunks[index]!;
    reader.into(chunk.rowDirty);
    readPages(reader, chunk, panes);
  }
}

function readPages(reader: SegmentReader, chunk: PaneChunk, panes: (place: Uint8Array) => void): void {
  const pages = reader.count('pages', RING_HOURS);
  const slots = new Uint32Array(2 * HOUR_MINUTES);
  const kinds = new Uint8Array(HOUR_MINUTES);
  for (let i = 0; i < pages; i++) {
    const page = reader.count('pages before one', RING_HOURS - 1);
    for (const column of [chunk.hour, chunk.payer]) {
      reader.into(column.subarray(page * CHUNK_SLOTS, (page + 1) * CHUNK_SLOTS));
    }
    reader.into(slots);
    reader.into(kinds);
    requireHours(chunk, page, slots);
    try {
      chunk.restorePage(page, slots, (m) => (kinds[m] === RowKind.UNCHANGED ? undefined : kinds[m] === RowKind.WIDE));
    } catch (error) {
      throw new SegmentFormatError('a row of the segment lacks panes', { cause: error });
    }
    kinds.forEach((kind, m) => {
      const row = page * HOUR_MINUTES + m;
      if (kind === RowKind.UNCHANGED || chunk.rowCount(row) === 0) return;
      if (kind === RowKind.WIDE) panes(chunk.rowBytes(row));
      else reader.into(chunk.rowBytes(row));
    });
  }
}

/** A slot has panes in hours alone. */
function requireHours(chunk: PaneChunk, page: number, slots: Uint32Array): void {
  for (const half of [0, 1]) {
    let used = 0;
    for (let m = 0; m < HOUR_MINUTES; m++) used |= slots[2 * m + half]!;
    for (let bit = 0; bit < 32; bit++) {
      if (((used >>> bit) & 1) === 0 || chunk.hour[page * CHUNK_SLOTS + half * 32 + bit] !== -1) continue;
      throw new SegmentFormatError('a slot of the segment has panes of no hour');
    }
  }
}

function readBudget(reader: SegmentReader, { budget }: PartitionCore): void {
  budget.clear();
  const tenants = reader.count('tenants', Math.floor(reader.remaining / 12));
  for (let i = 0; i < tenants; i++) budget.charge(budget.indexOf(reader.text()), reader.f64());
}

function readSide(reader: SegmentReader, { side }: PartitionCore): void {
  const end = reader.count('side panes', side.end + Math.floor(reader.remaining / SIDE_ENTRY_BYTES));
  side.free = reader.f64();
  const changed = reader.count('changed side panes', end);
  if (changed * SIDE_ENTRY_BYTES > reader.remaining) throw new SegmentFormatError('the side panes are cut short');
  if (end > side.changed.length) side.reserve(Math.max(64, end));
  side.end = end;
  for (let i = 0; i < changed; i++) {
    const entry = reader.count('side panes before one', end - 1);
    reader.into(side.values.subarray(entry * SIDE_WIDTH, (entry + 1) * SIDE_WIDTH));
  }
}

function readWaiting(reader: SegmentReader, { evicted, storedCounts }: PartitionCore): void {
  const rows = reader.count('waiting rows', Math.floor(reader.remaining / 100));
  evicted.count = 0;
  evicted.reserve(rows);
  evicted.count = rows;
  for (const column of evicted.columns()) reader.into(column.subarray(0, rows));
  storedCounts.clear();
  const counts = reader.count('corrected panes', Math.floor(reader.remaining / 16));
  for (let i = 0; i < counts; i++) storedCounts.set(reader.f64(), reader.f64());
}

function readExceptions(reader: SegmentReader, { exceptions }: PartitionCore): void {
  const count = reader.count(
    'exceptions',
    Math.min(MAX_EXCEPTIONS * 2, Math.floor(reader.remaining / EXCEPTION_BYTES)),
  );
  const offsets = new Float64Array(count);
  const kinds = new Uint8Array(count);
  const slices = new Int32Array(count);
  const rows = new Int32Array(count);
  for (const column of [offsets, kinds, slices, rows]) reader.into(column);
  exceptions.clear();
  for (let i = 0; i < count; i++) exceptions.restore(offsets[i]!, kinds[i]!, { slice: slices[i]!, row: rows[i]! });
  exceptions.messages.clear();
  const messages = reader.count('messages', count);
  for (let i = 0; i < messages; i++) exceptions.messages.set(reader.f64(), reader.text());
}

function readSessions(reader: SegmentReader, { sessions }: PartitionCore): void {
  sessions.clear();
  const tenants = Array.from({ length: reader.count('tenants', Math.floor(reader.remaining / 12)) }, () => {
    const tenant = reader.text();
    sessions.restoreForgotten(tenant, reader.f64());
    return tenant;
  });
  const count = reader.count('sessions', MAX_SESSIONS);
  for (let i = 0; i < count; i++) {
    const tenant = tenants[reader.count('tenants before one', tenants.length - 1)]!;
    const { id, session: run } = { id: reader.text(), session: reader.u64() };
    const [highest, lastSeenMs, observations] = [reader.f64(), reader.f64(), reader.f64()];
    const [countedUntilMs, notBeforeMs] = [reader.f64(), reader.f64()];
    const session = {
      ...newSession({ tenant, id, session: run }, notBeforeMs),
      highest,
      lastSeenMs,
      observations,
      countedUntilMs,
    };
    session.memory.restore(readSequences(reader));
    sessions.restore(session);
  }
}

function readSequences(reader: SegmentReader): SequenceContents {
  const forgottenUntil = reader.f64();
  const ranges = new Float64Array(2 * reader.count('ranges of sequences', MAX_RANGES));
  const count = reader.count('sequences', 2 * COMPARED_SEQUENCES);
  const [sequences, low, high] = [new Float64Array(count), new Uint32Array(count), new Uint32Array(count)];
  for (const column of [ranges, sequences, low, high]) reader.into(column);
  const rising = (numbers: Float64Array) => numbers.every((value, at) => at === 0 || value >= numbers[at - 1]!);
  if (!rising(ranges) || !rising(sequences)) throw new SegmentFormatError('sequences of a session are out of order');
  return { forgottenUntil, ranges, sequences, low, high };
}

function readReplayed(reader: SegmentReader, { replayed }: PartitionCore): void {
  const count = reader.count('replayed letters', Math.min(MAX_REPLAYED_LETTERS, Math.floor(reader.remaining / 12)));
  const offset = new Float64Array(count);
  const row = new Uint32Array(count);
  reader.into(offset);
  reader.into(row);
  for (let i = 0; i < count; i++) replayed.add(offset[i]!, row[i]!);
  replayed.settle();
}

/** Once all segments are applied: what follows from them. */
export function deriveState(core: PartitionCore): void {
  const { cities, evicted } = core;
  for (let slot = 0; slot < cities.slotEnd; slot++) {
    if (cities.use[slot] === SlotUse.LIVE) cities.index(slot);
    if (cities.newestMinute[slot] !== NO_MINUTE) cities.newestRow[slot] = rowOfMinute(cities.newestMinute[slot]!);
  }
  core.chunks.forEach((chunk, index) => {
    countPanes(core, chunk, index << CHUNK_SHIFT);
    chunk.blockChanged.fill(0);
    chunk.pageChanged.fill(0);
  });
  core.mayWaitTwice = evicted.count > 1;
  for (let row = 0; row < evicted.count; row++) cities.pending[evicted.slot[row]!]!++;
  core.rowsPending = cities.pending.reduce((sum, count) => sum + count, 0);
}

function countPanes(core: PartitionCore, chunk: PaneChunk, firstSlot: number): void {
  const { cities } = core;
  const hasSide = core.side.end > 0;
  for (let row = 0; row < RING_ROWS; row++) {
    if (chunk.rowDirty[row] === 0 && !hasSide) continue;
    for (let inChunk = 0; inChunk < CHUNK_SLOTS; inChunk++) {
      const pane = chunk.find(row, inChunk);
      if (pane < 0) continue;
      const flags = chunk.flags(pane);
      const slot = firstSlot + inChunk;
      if ((flags & SIDE) !== 0) cities.sidePanes[slot]!++;
      if ((flags & DIRTY) === 0) continue;
      cities.pending[slot]!++;
      cities.unhanded[slot]!++;
    }
  }
}
