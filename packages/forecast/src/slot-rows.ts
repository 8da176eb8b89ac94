import { StateMemory } from '@isotherm/domain';

/** Rows of float32, one a city slot, that grow as slots appear. New and cleared rows hold `blank`. */
export interface SlotRows {
  /** Row of a slot, made if it is not there. A view: do not keep it over the next call. */
  row(slot: number): Float32Array;
  /** Row of a slot that has one, undefined otherwise. */
  existingRow(slot: number): Float32Array | undefined;
  clear(slot: number): void;
  /** Forgets everything. */
  reset(): void;
  /** Slots from 0 that have a row. */
  readonly slotCount: number;
}

/** @param capacity rows to make room for at once. Default 16. */
export function createSlotRows(blank: Float32Array, capacity = 16): SlotRows {
  let memory = new StateMemory();
  const size = blank.length;
  let slotCount = 0;
  let views: Float32Array[] = [];
  let room = Math.max(1, capacity);

  // Rows live in blocks that never move: a block is allocated when its first slot appears.
  const grow = (slot: number): void => {
    while (views.length <= slot) {
      const block = memory.take(Float32Array, room * size);
      for (let i = 0; i < room; i++) {
        const view = block.subarray(i * size, (i + 1) * size);
        view.set(blank);
        views.push(view);
      }
      room = Math.min(views.length, 256);
    }
  };

  return {
    row(slot) {
      if (slot >= views.length) grow(slot);
      if (slot >= slotCount) slotCount = slot + 1;
      return views[slot]!;
    },
    existingRow: (slot) => (slot < slotCount ? views[slot] : undefined),
    clear(slot) {
      if (slot < slotCount) views[slot]!.set(blank);
    },
    reset() {
      memory = new StateMemory();
      views = [];
      slotCount = 0;
    },
    get slotCount() {
      return slotCount;
    },
  };
}
