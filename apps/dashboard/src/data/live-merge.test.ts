import { create } from '@bufbuild/protobuf';
import { ReachabilitySchema } from '@isotherm/contracts/forecast/v1/forecast_service';
import { LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import { RiskLevel } from '@isotherm/contracts/type/v1/weather';
import { describe, expect, it } from 'vitest';
import { CityTable, MISSING } from './city-table.ts';
import { createLiveMerge } from './live-merge.ts';

const message = create(LiveColumnsSchema, {
  citiesAdded: ['tokyo', 'lima'],
  cityIndex: [1, 0],
  baseUnixMs: 1_700_000_000_000n,
  observedOffsetMs: [-500n, 250n],
  temperatureCenticelsius: [1850, -2147483648],
  relativeHumidityCentipercent: [8000, 4500],
  windSpeedCentimps: [320, 0],
  heatIndexCenticelsius: [1812, -2147483648],
  risks: [RiskLevel.NONE, RiskLevel.UNSPECIFIED],
});

describe('merging a live stream', () => {
  it('writes each row to the city it names', () => {
    const table = new CityTable();
    const changed: number[] = [];
    expect(createLiveMerge(table, (slot) => changed.push(slot)).merge(message)).toBe(2);
    const lima = table.slotOf('lima') ?? -1;
    expect(changed).toEqual([lima, table.slotOf('tokyo')]);
    expect(table.columns.temperature[lima]).toBe(1850);
    expect(table.columns.heatIndex[lima]).toBe(1812);
    expect(table.columns.observedMs[lima]).toBe(1_699_999_999_500);
    expect(table.columns.risk[lima]).toBe(RiskLevel.NONE);
  });

  it('keeps a missing value missing, never 0', () => {
    const table = new CityTable();
    createLiveMerge(table, () => undefined).merge(message);
    const tokyo = table.slotOf('tokyo') ?? -1;
    expect(table.columns.temperature[tokyo]).toBe(MISSING);
    expect(table.columns.wind[tokyo]).toBe(0);
  });

  it('counts the cities of a new stream from 0 again', () => {
    const table = new CityTable();
    createLiveMerge(table, () => undefined).merge(message);
    const again = create(LiveColumnsSchema, { ...message, citiesAdded: ['lima'], cityIndex: [0] });
    createLiveMerge(table, () => undefined).merge(create(LiveColumnsSchema, again));
    expect(table.size).toBe(2);
    expect(table.columns.temperature[table.slotOf('lima') ?? -1]).toBe(1850);
  });

  it('skips rows of an index that nobody named', () => {
    const table = new CityTable();
    const stray = create(LiveColumnsSchema, { citiesAdded: ['lima'], cityIndex: [7], temperatureCenticelsius: [100] });
    expect(createLiveMerge(table, () => undefined).merge(stray)).toBe(0);
  });

  it('survives the growth of the table', () => {
    const table = new CityTable();
    const names = Array.from({ length: 5000 }, (_, i) => `city ${i}`);
    const many = create(LiveColumnsSchema, {
      citiesAdded: names,
      cityIndex: names.map((_, i) => i),
      temperatureCenticelsius: names.map((_, i) => i),
    });
    expect(createLiveMerge(table, () => undefined).merge(many)).toBe(5000);
    expect(table.columns.temperature[table.slotOf('city 4321') ?? -1]).toBe(4321);
  });

  it('marks the cities whose owner is away until it is back', () => {
    const table = new CityTable();
    const merge = createLiveMerge(table, () => undefined);
    merge.merge(message);
    merge.mark(create(ReachabilitySchema, { unreachableCityIndex: [1] }));
    expect(table.columns.ownerDown[table.slotOf('lima') ?? -1]).toBe(1);
    expect(table.columns.ownerDown[table.slotOf('tokyo') ?? -1]).toBe(0);
    merge.mark(create(ReachabilitySchema, {}));
    expect(table.columns.ownerDown[table.slotOf('lima') ?? -1]).toBe(0);
  });
});
