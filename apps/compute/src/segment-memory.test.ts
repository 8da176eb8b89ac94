import { expect, it } from 'vitest';
import { createSegmentMemory } from './segment-memory.ts';

it('hands out memory that does not overlap until it is used again', () => {
  const memory = createSegmentMemory();
  const pieces = [5, 16 << 20, 0, 7, 40 << 20, 3].map((bytes, i) => memory.allocate(bytes).fill(i + 1));
  for (const [i, piece] of pieces.entries()) {
    expect(piece.at(0)).toBe(piece.length === 0 ? undefined : i + 1);
    expect(piece.at(-1)).toBe(piece.length === 0 ? undefined : i + 1);
  }
  memory.reuse();
  const again = memory.allocate(3);
  expect(again.buffer).toBe(pieces[5]!.buffer);
});
