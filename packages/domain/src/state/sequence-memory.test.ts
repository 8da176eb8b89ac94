import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SequenceMemory } from './sequence-memory.ts';

test('a memory brought back holds what was written down, in the same order, and goes on alike', () => {
  const notes = fc.array(fc.record({ sequence: fc.nat(700), low: fc.nat(3) }), { maxLength: 1200 });
  fc.assert(
    fc.property(notes, notes, (before, after) => {
      const memory = new SequenceMemory();
      for (const { sequence, low } of before) memory.note(sequence, low, 0);
      const restored = new SequenceMemory();
      restored.restore(memory.contents());
      expect(restored.contents()).toEqual(memory.contents());
      for (const { sequence, low } of after) {
        memory.note(sequence, low, 0);
        restored.note(sequence, low, 0);
      }
      expect(restored.contents()).toEqual(memory.contents());
    }),
  );
});
