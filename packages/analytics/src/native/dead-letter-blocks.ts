import type { DeadLetter } from '../analytics-store.ts';
import type { NativeBlock } from './native-block.ts';

/** Dead letters as one block. */
export function deadLetterBlocks(incarnation: bigint, letters: readonly DeadLetter[]): NativeBlock[] {
  if (letters.length === 0) return [];
  const numbers = (of: (letter: DeadLetter) => number) => Float64Array.from(letters, of);
  const integers = (of: (letter: DeadLetter) => number) => Uint32Array.from(letters, of);
  return [
    {
      rowCount: letters.length,
      columns: [
        { kind: 'numbers', name: 'partition', type: 'UInt32', values: integers((letter) => letter.partition) },
        { kind: 'numbers', name: 'offset', type: 'Float64', values: numbers((letter) => letter.offset) },
        { kind: 'numbers', name: 'row', type: 'UInt32', values: integers((letter) => letter.row) },
        { kind: 'constant', name: 'incarnation', value: incarnation },
        { kind: 'numbers', name: 'reason', type: 'UInt32', values: integers((letter) => letter.reason) },
        { kind: 'strings', name: 'message', values: letters.map((letter) => letter.message) },
        { kind: 'strings', name: 'city', values: letters.map((letter) => letter.cityId) },
        { kind: 'strings', name: 'tenant', values: letters.map((letter) => letter.tenant) },
        { kind: 'strings', name: 'producer', values: letters.map((letter) => letter.producerId) },
        {
          kind: 'numbers',
          name: 'observedMs',
          type: 'Float64',
          values: numbers((letter) => letter.observedMs ?? Number.NaN),
        },
        { kind: 'numbers', name: 'firstSeenMs', type: 'Float64', values: numbers((letter) => letter.firstSeenMs) },
        { kind: 'strings', name: 'observation', values: letters.map((letter) => letter.observation) },
      ],
    },
  ];
}
