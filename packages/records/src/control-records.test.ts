import { describe, expect, it } from 'vitest';
import { encodeCityChange, encodeTick } from './encode-control.ts';
import { createRecordReader } from './record-reader.ts';

const reader = createRecordReader();

describe('Records without observations', () => {
  it('carry a tick', () => {
    expect(reader.decode(encodeTick())).toEqual({ kind: 'tick' });
  });

  it('carry a changed city and a removed one', () => {
    const upsert = { cityId: 'Zürich', change: 'upserted', city: Uint8Array.of(1, 2, 3) } as const;
    const removal = { cityId: '2657896', change: 'removed', city: new Uint8Array() } as const;
    expect(reader.decode(encodeCityChange(upsert))).toEqual({ kind: 'cityChange', ...upsert });
    expect(reader.decode(encodeCityChange(removal))).toEqual({ kind: 'cityChange', ...removal });
  });
});
