import { describe, expect, it } from 'vitest';
import { encodeCityChange, encodeSettings, encodeTick } from './encode-control.ts';
import { createRecordReader } from './record-reader.ts';

const reader = createRecordReader();

describe('Records without observations', () => {
  it('carry a tick', () => {
    expect(reader.decode(encodeTick({ stampMs: 1.5e12 }))).toEqual({ kind: 'tick', stampMs: 1.5e12 });
  });

  it('carry settings, every one of them', () => {
    const settings = {
      formula: 'ROTHFUSZ',
      outOfOrdernessMs: 5_000,
      allowedLatenessMs: 3_600_000,
      riskCelsius: [26.7, 32.2, 39.4, 51.7],
      maxCitiesPerPartition: 65_536,
    } as const;
    expect(reader.decode(encodeSettings({ stampMs: 7, settings }))).toEqual({ kind: 'settings', stampMs: 7, settings });
  });

  it('carry a changed city and a removed one', () => {
    const upsert = { stampMs: 7, cityId: 'Zürich', change: 'upserted', city: Uint8Array.of(1, 2, 3) } as const;
    const removal = { stampMs: 8, cityId: '2657896', change: 'removed', city: new Uint8Array() } as const;
    expect(reader.decode(encodeCityChange(upsert))).toEqual({ kind: 'cityChange', ...upsert });
    expect(reader.decode(encodeCityChange(removal))).toEqual({ kind: 'cityChange', ...removal });
  });
});
