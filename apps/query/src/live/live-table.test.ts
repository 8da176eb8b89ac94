import { create } from '@bufbuild/protobuf';
import { type LiveColumns, LiveColumnsSchema } from '@isotherm/contracts/type/v1/live_columns';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiveTable } from './live-table.ts';
import { createWatcherView } from './watcher-view.ts';

/** One message of a shard about some cities, in which every city is named anew. */
function message(values: ReadonlyMap<string, number>): LiveColumns {
  const cityIds = [...values.keys()];
  return create(LiveColumnsSchema, {
    citiesAdded: cityIds,
    cityIndex: cityIds.map((_, i) => i),
    baseUnixMs: 1000n,
    observedOffsetMs: cityIds.map(() => 5n),
    temperatureCenticelsius: [...values.values()],
    relativeHumidityCentipercent: cityIds.map(() => 0),
    windSpeedCentimps: cityIds.map(() => 0),
    heatIndexCenticelsius: cityIds.map(() => 0),
    risks: cityIds.map(() => 1),
  });
}

/** A watcher's picture, kept as a client keeps it. */
function createPicture() {
  const names: string[] = [];
  const values = new Map<string, number>();
  return {
    values,
    take(live: LiveColumns): number {
      names.push(...live.citiesAdded);
      live.cityIndex.forEach((city, row) => {
        values.set(names[city] ?? 'unnamed', live.temperatureCenticelsius[row] ?? Number.NaN);
      });
      return live.cityIndex.length;
    },
  };
}

const city = fc.integer({ min: 0, max: 9 }).map((n) => `city-${n}`);
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('put' as const), city, value: fc.integer({ min: -50, max: 50 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), watcher: fc.nat({ max: 2 }) }) },
  ),
  { maxLength: 60 },
);

describe('A live table', () => {
  it('gives every watcher, however slow, the newest value of each of its cities, and no more rows than cities', () => {
    fc.assert(
      fc.property(steps, (story) => {
        const table = createLiveTable();
        const some = ['city-1', 'city-3', 'city-5'];
        const watchers = [undefined, undefined, some].map((cityIds) => ({
          cityIds,
          view: createWatcherView({ table, cityIds }),
          picture: createPicture(),
        }));
        const truth = new Map<string, number>();
        for (const step of story) {
          if (step.kind === 'put') {
            truth.set(step.city, step.value);
            table.merge(message(new Map([[step.city, step.value]])), []);
          } else {
            const { view, picture } = watchers[step.watcher]!;
            expect(picture.take(view.next())).toBeLessThanOrEqual(truth.size);
            expect(view.upToDate).toBe(true);
          }
        }
        for (const { cityIds, view, picture } of watchers) {
          picture.take(view.next());
          const wanted = [...truth].filter(([cityId]) => cityIds === undefined || cityIds.includes(cityId));
          expect(new Map([...picture.values].sort())).toEqual(new Map(wanted.sort()));
          expect(view.next().cityIndex).toEqual([]);
        }
      }),
    );
  });

  it('takes the same value again for no change', () => {
    const table = createLiveTable();
    const values = new Map([['a', 1]]);
    expect(table.merge(message(values), [])).toBe(true);
    expect(table.merge(message(values), [])).toBe(false);
  });

  it('grows past its first size', () => {
    const table = createLiveTable();
    const values = new Map(Array.from({ length: 5000 }, (_, i) => [`c${i}`, i] as const));
    table.merge(message(values), []);
    const picture = createPicture();
    expect(picture.take(createWatcherView({ table, cityIds: undefined }).next())).toBe(5000);
    expect(picture.values).toEqual(values);
  });

  it('passes over rows of cities that were never named', () => {
    const table = createLiveTable();
    const live = message(new Map([['a', 1]]));
    live.citiesAdded = [];
    expect(table.merge(live, [])).toBe(false);
  });
});
