import { expect, test } from 'vitest';
import { heatIndexCelsius } from '../weather/heat-index.ts';
import { restorePartitionState } from './create-partition-state.ts';
import type { HourObserver } from './partition-state.ts';
import { CITY_COST_BYTES, PANE_COST_BYTES, SIDE_COST_BYTES } from './state-budget.ts';
import { observationsRecord } from './testing/observations-record.ts';
import { TEST_SETTINGS } from './testing/script.ts';
import { at, minuteAt, TestPartition } from './testing/test-partition.ts';

const reading = (city: string, observedMs: number, t = 20, h = 50, w = 2) => ({ city, observedMs, t, h, w });

test('cities are known by number or by name, and a name that looks like a number is another city', () => {
  const partition = new TestPartition();
  partition.send(reading('42', at(0)), reading('042', at(0)), reading('Zürich', at(0)), reading('2147483648', at(0)));
  expect(partition.state.cityCount).toBe(4);
  for (const city of ['42', '042', 'Zürich', '2147483648']) {
    expect(partition.state.cityIdOf(partition.state.slotOf(city)!)).toBe(city);
  }
  expect(partition.state.slotOf('43')).toBeUndefined();
});

test('a partition holds no more cities than its settings allow; readings of others are dead letters', () => {
  const partition = new TestPartition({ settings: { ...TEST_SETTINGS, maxCitiesPerPartition: 2 } });
  partition.send(reading('1', at(0)), reading('2', at(0)), reading('3', at(0)), reading('1', at(0, 1)));
  expect(partition.state.counters).toMatchObject({ applied: 3, dead: 1 });
  expect(partition.state.exceptions(1)).toEqual([{ offset: 0, kind: 'tooManyCities', slice: 0, row: 2, message: '' }]);
});

test('more cities than a chunk holds keep their panes apart', () => {
  const partition = new TestPartition();
  const cities = Array.from({ length: 300 }, (_, i) => String(i));
  for (let minute = 0; minute < 3; minute++)
    partition.send(...cities.map((city, i) => reading(city, at(minute), i / 10)));
  for (const [i, city] of cities.entries()) {
    const { temperature } = partition.state.rolling(partition.state.slotOf(city)!, 60);
    expect(temperature).toEqual({ count: 3, mean: expect.closeTo(i / 10, 9), min: i / 10, max: i / 10 });
  }
});

test('the newest observation is the one observed last; of two at the same time the later in the log', () => {
  const partition = new TestPartition();
  partition.send(reading('1', at(1), 10), reading('1', at(1), 11), reading('1', at(0, 30), 12));
  expect(partition.state.snapshot(0)).toMatchObject({ temperatureCelsius: 11, observedMs: at(1), observations: 3 });
  expect(partition.state.snapshot(0).watermarkMs).toBe(at(0, 55));
});

test('changed slots are told once, each', () => {
  const partition = new TestPartition();
  partition.send(reading('1', at(0)), reading('2', at(0)), reading('1', at(0, 1)));
  expect([...partition.state.takeChanged()]).toEqual([0, 1]);
  expect([...partition.state.takeChanged()]).toEqual([]);
  partition.send(reading('2', at(0, 2)));
  expect([...partition.state.takeChanged()]).toEqual([1]);
});

test('the watermark of the partition is the lowest of cities heard within a minute of log time', () => {
  const partition = new TestPartition();
  expect(partition.state.watermarkMs).toBeNaN();
  partition.send(reading('1', at(-500)), reading('2', at(0)));
  expect(partition.state.watermarkMs).toBe(at(-500) - 5_000);
  partition.send(reading('2', at(1)));
  expect(partition.state.watermarkMs).toBe(at(1) - 5_000);
  expect(partition.state.newestObservedMs).toBe(at(1));
});

test('a partition counts by the formula of its settings, and takes no settings that make no sense', () => {
  for (const formula of ['NWS', 'ROTHFUSZ'] as const) {
    const partition = new TestPartition({ settings: { ...TEST_SETTINGS, formula } });
    partition.send(reading('1', at(0), 20, 50));
    expect(partition.state.snapshot(0).heatIndexCelsius).toBe(heatIndexCelsius(formula)(20, 50));
    expect(partition.state.settings.formula).toBe(formula);
  }
  const settings = { ...TEST_SETTINGS, riskCelsius: [1, 3, 2, 4] as const };
  expect(() => new TestPartition({ settings })).toThrow('rising');
  expect(() => restorePartitionState({ partition: 0, settings, segments: [] })).toThrow('rising');
});

test('a removed city is gone at once; its rows are still stored, and then its slot is used again', () => {
  const removed: number[] = [];
  const hourObserver: HourObserver = { hourCompleted: () => undefined, cityRemoved: (slot) => void removed.push(slot) };
  const partition = new TestPartition({ hourObserver });
  partition.send(reading('1', at(0)), reading('2', at(0)));
  const remove = (cityId: string) =>
    partition.apply({
      kind: 'cityChange',
      cityId,
      change: 'removed',
      city: new Uint8Array(),
    });
  remove('1');
  remove('nobody');
  expect(removed).toEqual([0]);
  expect(partition.state.slotOf('1')).toBeUndefined();
  expect(partition.state.cityIdOf(0)).toBe('');
  expect([...partition.state.takeChanged()]).toEqual([1]);
  expect(() => partition.state.snapshot(0)).toThrow(RangeError);
  partition.send(reading('3', at(0)));
  expect(partition.state.slotOf('3')).toBe(2);
  expect(partition.flush()).toEqual([`1@${minuteAt(0)}`]);
  partition.send(reading('1', at(10)));
  expect(partition.state.slotOf('1')).toBe(0);
  expect(partition.state.snapshot(0).observations).toBe(1);
  expect(partition.state.rolling(0, 1440).count).toBe(1);
  expect(partition.state.slotCount).toBe(3);
});

test('a tenant takes no more memory than its share, and its neighbour is not kept out', () => {
  const settings = { ...TEST_SETTINGS, maxStateBytesPerPartition: 40 * (CITY_COST_BYTES + PANE_COST_BYTES) };
  const partition = new TestPartition({ settings });
  const cities = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => reading(prefix + i, at(0)));
  partition.sendSlices([{ tenant: 'flood', rows: cities('f', 100) }]);
  const counted = partition.state.cityCount;
  expect(counted).toBeGreaterThan(30);
  expect(counted).toBeLessThan(34);
  expect(partition.exceptionKinds()).toEqual(Array.from({ length: 100 - counted }, () => 'stateFull'));
  expect(partition.state.counters).toMatchObject({ applied: counted, dead: 100 - counted });
  partition.sendSlices([{ tenant: 'honest', rows: cities('h', 4) }]);
  expect(partition.state.cityCount).toBe(counted + 4);
  partition.sendSlices([{ tenant: 'flood', rows: cities('g', 4) }]);
  expect(partition.state.cityCount).toBe(counted + 4);
  const [flood, honest] = partition.state.tenants();
  expect(flood).toEqual({ tenant: 'flood', bytes: counted * (CITY_COST_BYTES + PANE_COST_BYTES) });
  expect(honest).toEqual({ tenant: 'honest', bytes: 4 * (CITY_COST_BYTES + PANE_COST_BYTES) });
});

test('panes count for the tenant that began their hour, whoever sent the city first, and no more once they left the ring', () => {
  const partition = new TestPartition();
  const bytes = () => Object.fromEntries(partition.state.tenants().map((each) => [each.tenant, each.bytes]));
  partition.sendSlices([{ tenant: 'owner', rows: [reading('1', at(0))] }]);
  partition.sendSlices([{ tenant: 'guest', rows: [reading('1', at(1)), reading('1', at(60)), reading('1', at(61))] }]);
  expect(bytes()).toEqual({ owner: CITY_COST_BYTES + 2 * PANE_COST_BYTES, guest: 2 * PANE_COST_BYTES });
  partition.sendSlices([{ tenant: 'guest', rows: [reading('1', at(27 * 60))] }]);
  expect(bytes()).toEqual({ owner: CITY_COST_BYTES, guest: 3 * PANE_COST_BYTES });
  partition.sendSlices([{ tenant: 'guest', rows: [{ city: '1', observedMs: at(27 * 60), t: 1 }] }]);
  expect(bytes()).toEqual({ owner: CITY_COST_BYTES, guest: 3 * PANE_COST_BYTES + SIDE_COST_BYTES });
  partition.removeCity('1');
  expect(bytes()).toEqual({ owner: 0, guest: 0 });
});

test('a tenant without room goes on with the minutes it has, and with new hours in place of old ones', () => {
  const settings = { ...TEST_SETTINGS, maxStateBytesPerPartition: CITY_COST_BYTES * 1.25 + 2 * PANE_COST_BYTES };
  const partition = new TestPartition({ settings });
  for (const minute of [0, 1, 2, 3, 4]) partition.send(reading('1', at(minute)));
  const { applied } = partition.state.counters;
  expect(applied).toBeLessThan(5);
  partition.send(reading('1', at(applied - 1)));
  expect(partition.state.counters.applied).toBe(applied + 1);
  partition.send(reading('1', at(27 * 60)));
  expect(partition.state.counters.applied).toBe(applied + 2);
});

test('a city whose attributes change keeps its state', () => {
  const partition = new TestPartition();
  partition.send(reading('1', at(0)));
  const city = new Uint8Array([1]);
  partition.apply({ kind: 'cityChange', cityId: '1', change: 'upserted', city });
  expect(partition.state.snapshot(0).observations).toBe(1);
});

test('an hour is reported once, when the city’s first reading of a later hour arrives', () => {
  const hours: string[] = [];
  const hourObserver: HourObserver = {
    hourCompleted: (slot, hour, t, h, w) => void hours.push(`${slot} ${hour - minuteAt(0) / 60} ${t} ${h} ${w}`),
    cityRemoved: () => undefined,
  };
  const partition = new TestPartition({ hourObserver });
  partition.send(reading('1', at(0), 10), reading('1', at(59), 20, 70), { city: '2', observedMs: at(30), t: 5 });
  expect(hours).toEqual([]);
  partition.send(reading('1', at(60)), { city: '2', observedMs: at(300), h: 5 });
  expect(hours).toEqual(['0 0 15 60 2', '1 0 5 NaN NaN']);
  partition.send(reading('1', at(58), 90));
  partition.send(reading('1', at(120)), reading('2', at(360)));
  expect(hours.slice(2)).toEqual(['0 1 20 50 2', '1 5 NaN 5 NaN']);
});

test('slices of a producer count once, and say what became of them', () => {
  const partition = new TestPartition();
  const slice = (sequence: number, digest = sequence, rows = [reading('1', at(0))]) => ({
    rows,
    sequence,
    digest,
    producer: { id: 'p' },
    createdAtMs: at(0),
  });
  partition.sendSlices([slice(1), slice(1), { rows: [reading('2', at(0))] }, slice(2)]);
  partition.sendSlices([slice(2, 99), slice(1), { ...slice(9), createdAtMs: at(-61) }]);
  expect(partition.state.counters).toMatchObject({ applied: 3, duplicate: 2, dead: 2 });
  expect(partition.state.exceptions(9)).toEqual([
    { offset: 0, kind: 'duplicate', slice: 1, row: -1, message: '' },
    { offset: 1, kind: 'sequenceConflict', slice: 0, row: -1, message: '' },
    { offset: 1, kind: 'duplicate', slice: 1, row: -1, message: '' },
    { offset: 1, kind: 'batchExpired', slice: 2, row: -1, message: '' },
  ]);
  expect(partition.state.producers()).toEqual([
    { tenant: 'tenant', id: 'p', session: 1n, sequence: 2, lastSeenMs: at(0), observations: 2 },
  ]);
  partition.state.forgetExceptions(1);
  expect(partition.state.exceptions(9)).toHaveLength(3);
  expect(partition.state.exceptions(1)).toEqual([]);
});

test('rows rejected on arrival are counted and told of once a record, and not again with a duplicate', () => {
  const partition = new TestPartition();
  const slice = { rows: [reading('1', at(0))], producer: { id: 'p' }, sequence: 1, createdAtMs: at(0), rejected: 2 };
  partition.sendSlices([slice]);
  partition.sendSlices([slice]);
  expect(partition.state.counters).toMatchObject({ applied: 1, rejected: 2, duplicate: 1 });
  expect(partition.exceptionKinds()).toEqual(['rejected', 'duplicate']);
});

test('a late row is not counted as applied for its producer', () => {
  const partition = new TestPartition();
  const rows = [reading('1', at(500)), reading('1', at(0))];
  partition.sendSlices([{ rows, producer: { id: 'p' }, sequence: 1, createdAtMs: at(500) }]);
  expect(partition.state.producers()[0]?.observations).toBe(1);
});

test('a record that cannot be applied changes nothing, and can be passed over', () => {
  const partition = new TestPartition();
  partition.send(reading('1', at(0)));
  const good = observationsRecord([{ rows: [reading('1', at(1)), reading('x', at(1))] }]);
  const before = partition.state.takeSegment('full');
  const poisons = [
    { ...good, rowCount: 3 },
    { ...good, cityStrings: [] },
    { ...good, baseMs: Number.NaN },
    { ...good, baseMs: -1e15 },
    { ...good, temperature: { kind: 'wide' as const, values: Float64Array.of(20, Number.NEGATIVE_INFINITY) } },
    { ...good, wind: { kind: 'centi' as const, values: Int16Array.of(1) } },
    { ...good, slices: { ...good.slices, rowEnd: Uint32Array.of(1) } },
    { ...good, slices: { ...good.slices, producer: Uint16Array.of(0) } },
    { ...good, tenants: [] },
    { ...good, rejectedRows: [{ slice: 7, batchRow: 0, reason: 1, message: '', observation: new Uint8Array() }] },
  ];
  const place = (offset: number, appendMs = at(1)) => ({ offset, appendMs });
  for (const poison of poisons) expect(() => partition.state.apply(place(1), poison)).toThrow(RangeError);
  for (const noTime of [Number.POSITIVE_INFINITY, Number.NaN, -1]) {
    expect(() => partition.state.apply(place(1, noTime), good)).toThrow('is no time');
  }
  expect(() => partition.state.apply(place(2), good)).toThrow('1 is next');
  expect(partition.state.takeSegment('full')).toEqual(before);

  partition.state.skip(1, 'checksum does not match');
  expect(partition.state.appliedOffset).toBe(2);
  expect(partition.state.exceptions(2)).toEqual([
    { offset: 1, kind: 'poison', slice: -1, row: -1, message: 'checksum does not match' },
  ]);
  expect(() => partition.state.skip(1, 'again')).toThrow(RangeError);
  expect(partition.state.apply(place(2), good)).toBe(true);
  partition.state.forgetExceptions(2);
  expect(partition.state.exceptions(9)).toEqual([]);
});

test('a window has 0 to 1,440 minutes', () => {
  const partition = new TestPartition();
  partition.send(reading('1', at(0), 10), reading('1', at(1440), 20), reading('1', at(1441), 30));
  expect(partition.state.rolling(0, 0).temperature).toMatchObject({ count: 1, mean: 30 });
  expect(partition.state.rolling(0, 1).temperature).toMatchObject({ count: 2, mean: 25 });
  expect(partition.state.rolling(0, 1440).temperature).toMatchObject({ count: 2, mean: 25 });
  expect(() => partition.state.rolling(0, 1441)).toThrow(RangeError);
});

test('one batch of rows is out at a time, and its fate is told once', () => {
  const partition = new TestPartition();
  partition.send(...[0, 1, 2, 3].map((minute) => reading('1', at(minute))));
  const first = partition.state.takeRows(2);
  expect(first?.rows.rowCount).toBe(2);
  expect(partition.state.takeRows(2)).toBeUndefined();
  first?.failed();
  first?.stored();
  expect(partition.state.counters.stored).toBe(0);
  expect(partition.state.rowsPending).toBe(4);
  expect(partition.flush()).toHaveLength(2);
  expect(partition.state.counters.stored).toBe(2);
});
