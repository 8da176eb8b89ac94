import { expect, test } from 'vitest';
import { QualityFlag } from '../weather/quality-flag.ts';
import { RiskLevel } from '../weather/risk-level.ts';
import { observationsRecord } from './testing/observations-record.ts';
import { TEST_SETTINGS } from './testing/script.ts';
import { at, minuteAt, TestPartition } from './testing/test-partition.ts';

const WEEK_SETTINGS = { ...TEST_SETTINGS, allowedLatenessMs: 7 * 86_400_000 };

const reading = (observedMs: number, t = 20, h = 50, w = 2) => ({ city: '1', observedMs, t, h, w });

test('a pane is closed once its end is behind the watermark, 5 s behind the newest reading', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0, 10)), reading(at(1, 4)));
  expect(partition.flush()).toEqual([]);
  partition.send(reading(at(1, 5)));
  expect(partition.flush()).toEqual([`1@${minuteAt(0)}`]);
  expect(partition.flush()).toEqual([]);
});

test('a reading from the future closes nothing before log time gets there', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0)));
  partition.state.apply({ offset: 1, appendMs: at(0, 1) }, observationsRecord([{ rows: [reading(at(4))] }]));
  expect(partition.flush()).toEqual([]);
  partition.state.apply({ offset: 2, appendMs: at(1, 4) }, observationsRecord([{ rows: [reading(at(4, 30))] }]));
  expect(partition.flush()).toEqual([]);
  partition.tick(at(1, 5));
  expect(partition.flush()).toEqual([`1@${minuteAt(0)}`]);
});

test('the panes of a city that was quiet for 60 s of log time are closed', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0)));
  partition.tick(at(0, 59));
  expect(partition.flush()).toEqual([]);
  partition.tick(at(1));
  expect(partition.flush()).toEqual([`1@${minuteAt(0)}`]);
  partition.send(reading(at(0, 30)));
  partition.tick(at(2));
  expect(partition.flush()).toEqual([`1@${minuteAt(0)}`]);
  expect(partition.store.rows.get(`1@${minuteAt(0)}`)?.count).toBe(2);
});

test('open panes are handed out when asked for, and again when they go on', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0)));
  expect(partition.flush({ includeOpen: true })).toHaveLength(1);
  expect(partition.state.counters.stored).toBe(1);
  expect(partition.state.storedOffset).toBe(partition.state.appliedOffset);
  partition.send(reading(at(0, 1)));
  expect(partition.state.storedOffset).toBe(1);
  expect(partition.flush({ includeOpen: true })).toHaveLength(1);
  expect(partition.state.counters.stored).toBe(2);
  expect(partition.state.rowsPending).toBe(0);
});

test('a row whose storing failed is handed out again as it is then', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0)), reading(at(1, 5)));
  expect(partition.flush()).toHaveLength(1);
  partition.state.takeRows(10, { includeOpen: true })?.failed();
  partition.send(reading(at(1, 6), 22));
  expect(partition.flush({ includeOpen: true })).toHaveLength(1);
  const { rolling5m, rolling1h, rolling24h } = partition.store.rows.get(`1@${minuteAt(1)}`)!.rolling;
  expect(rolling5m.temperatureSum).toBe(6200);
  expect(rolling1h).toEqual(rolling5m);
  expect(rolling24h).toEqual(rolling5m);
  expect(partition.state.counters.stored).toBe(3);
});

test('a late reading corrects its row and emits the rolling rows it touches again', () => {
  const partition = new TestPartition();
  for (let minute = 0; minute <= 30; minute++) partition.send(reading(at(minute)));
  expect(partition.flush({ includeOpen: true })).toHaveLength(31);
  partition.send(reading(at(10, 30), 30));
  const again = partition.flush({ includeOpen: true });
  expect(again).toEqual(Array.from({ length: 21 }, (_, i) => `1@${minuteAt(10 + i)}`));
  const corrected = partition.store.rows.get(`1@${minuteAt(10)}`);
  expect(corrected?.metrics.temperature).toEqual({ count: 2, sum: 5000, min: 2000, max: 3000 });
  const later = partition.store.rows.get(`1@${minuteAt(30)}`);
  expect(later?.rolling.rolling1h.temperatureSum).toBe(31 * 2000 + 3000);
  expect(later?.rolling.rolling5m.temperatureSum).toBe(6 * 2000);
  expect(partition.state.counters).toMatchObject({ applied: 32, stored: 32, dead: 0 });
});

test('a reading whose minute was sealed is late, and changes nothing', () => {
  const partition = new TestPartition();
  partition.send(reading(at(100)));
  partition.send(reading(at(38, 55)));
  expect(partition.exceptionKinds()).toEqual(['late']);
  partition.send(reading(at(39)), reading(at(20), 30), reading(at(101)));
  expect(partition.state.exceptions(3)).toEqual([
    { offset: 1, kind: 'late', slice: 0, row: 0, message: '' },
    { offset: 2, kind: 'late', slice: 0, row: 1, message: '' },
  ]);
  expect(partition.state.counters).toMatchObject({ applied: 3, dead: 2 });
  expect(partition.state.rolling(0, 1440).temperature.max).toBe(20);
});

test('one city’s clock makes no other city’s readings late', () => {
  const partition = new TestPartition();
  partition.send(reading(at(100_000)), { ...reading(at(-5_000_000)), city: 'old' });
  expect(partition.state.counters).toMatchObject({ applied: 2, dead: 0 });
  expect(partition.state.snapshot(1).observedMs).toBe(at(-5_000_000));
});

test('more than two hours behind the newest hour a minute is sealed, whatever lateness the settings allow', () => {
  const partition = new TestPartition({ settings: WEEK_SETTINGS });
  partition.send(reading(at(600)));
  partition.send(reading(at(480)), reading(at(479)));
  expect(partition.exceptionKinds()).toEqual(['late']);
  expect(partition.state.counters.applied).toBe(2);
});

test('rows of a backfill that jumps months within one record are all stored, with their own windows', () => {
  const partition = new TestPartition();
  const days = Array.from({ length: 200 }, (_, day) => reading(at(day * 1440), day / 10));
  partition.send(...days);
  expect(partition.state.counters.applied).toBe(200);
  expect(partition.flush({ includeOpen: true })).toHaveLength(200);
  expect(partition.state.counters.stored).toBe(200);
  const last = partition.store.rows.get(`1@${minuteAt(199 * 1440)}`);
  expect(last?.rolling.rolling24h).toMatchObject({ temperatureCount: 2, temperatureSum: 1990 + 1980 });
});

test('a partition whose rows are not stored takes no more records, and changes nothing, until they are', () => {
  const partition = new TestPartition();
  let day = 0;
  while (partition.send(...Array.from({ length: 1000 }, () => reading(at(day++ * 1440)))))
    expect(day).toBeLessThan(20_000);
  const offset = partition.state.appliedOffset;
  const before = partition.state.takeSegment('full');
  expect(partition.send(reading(at(day * 1440)))).toBe(false);
  expect(partition.state.appliedOffset).toBe(offset);
  expect(partition.state.takeSegment('full')).toEqual(before);
  partition.flush();
  expect(partition.send(reading(at(day * 1440)))).toBe(true);
});

test('readings of a pane with and without wind are counted by metric', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0), 20, 50, 2), { city: '1', observedMs: at(0, 1), t: 22, h: 60 });
  partition.send({ city: '1', observedMs: at(0, 2), w: 4 }, { city: '1', observedMs: at(0, 3) });
  partition.flush({ includeOpen: true });
  const row = partition.store.rows.get(`1@${minuteAt(0)}`);
  expect(row?.count).toBe(4);
  expect(row?.metrics.temperature).toEqual({ count: 2, sum: 4200, min: 2000, max: 2200 });
  expect(row?.metrics.humidity).toEqual({ count: 2, sum: 11000, min: 5000, max: 6000 });
  expect(row?.metrics.wind).toEqual({ count: 2, sum: 600, min: 200, max: 400 });
  expect(row?.metrics.heatIndex.count).toBe(2);
});

test('a city that never measures wind has none, rather than 0', () => {
  const partition = new TestPartition();
  partition.send({ city: '1', observedMs: at(0), t: 20, h: 50 }, { city: '1', observedMs: at(0, 1), t: 20, h: 50 });
  partition.flush({ includeOpen: true });
  expect(partition.store.rows.get(`1@${minuteAt(0)}`)?.metrics.wind).toEqual({ count: 0, sum: 0, min: 0, max: 0 });
  expect(partition.state.snapshot(0).windMps).toBeNaN();
  expect(partition.state.rolling(0, 60).wind).toEqual({ count: 0, mean: Number.NaN, min: Number.NaN, max: Number.NaN });
});

test('a pane counts more readings than its 16 bits', () => {
  const partition = new TestPartition();
  for (let i = 0; i < 70; i++) partition.send(...Array.from({ length: 1000 }, () => reading(at(0, 1), 30, 80)));
  partition.flush({ includeOpen: true });
  const row = partition.store.rows.get(`1@${minuteAt(0)}`);
  expect(row?.count).toBe(70_000);
  expect(row?.metrics.temperature).toMatchObject({ count: 70_000, sum: 70_000 * 3000 });
  const mean = row!.metrics.heatIndex.sum / 2 ** 30 / 70_000;
  expect(mean).toBeCloseTo(partition.state.snapshot(0).heatIndexCelsius, 9);
});

test('a pane’s risk is that of its hottest reading, and its quality that of its worst', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0), 25), reading(at(0, 1), 41, 50), reading(at(0, 2), 25));
  partition.flush({ includeOpen: true });
  const row = partition.store.rows.get(`1@${minuteAt(0)}`);
  expect(row?.risk).toBe(RiskLevel.EXTREME_DANGER);
  expect(row?.quality).toBe(QualityFlag.COARSE_PASS);
  expect(partition.state.rolling(0, 5).riskMinutes).toEqual([1, 1, 1, 1]);
});

test('a jump that no weather makes is questioned; humidity above 100 % is clipped and questioned', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0)));
  expect(partition.state.snapshot(0).quality).toBe(QualityFlag.COARSE_PASS);
  partition.send(reading(at(0, 1)));
  expect(partition.state.snapshot(0).quality).toBe(QualityFlag.SCREENED);
  partition.send(reading(at(0, 2), 45));
  expect(partition.state.snapshot(0).quality).toBe(QualityFlag.QUESTIONED);
  partition.send(reading(at(0, 3), 45, 98));
  partition.send(reading(at(0, 4), 45, 104));
  expect(partition.state.snapshot(0)).toMatchObject({ quality: QualityFlag.QUESTIONED, humidityPercent: 100 });
  partition.flush({ includeOpen: true });
  expect(partition.store.rows.get(`1@${minuteAt(0)}`)?.metrics.humidity.max).toBe(10_000);
});

test('values are rounded to hundredths, halves away from zero; the heat index uses all their digits', () => {
  const partition = new TestPartition();
  partition.send(reading(at(0), -0.125, 50.126, 0.005), reading(at(0, 1), 0.125, 50, 0));
  partition.flush({ includeOpen: true });
  const row = partition.store.rows.get(`1@${minuteAt(0)}`);
  expect(row?.metrics.temperature).toMatchObject({ sum: 0, min: -13, max: 13 });
  expect(row?.metrics.wind).toMatchObject({ sum: 1, min: 0, max: 1 });
  expect(row?.metrics.heatIndex.sum).toBe(0);
  expect(partition.state.snapshot(0).temperatureCelsius).toBe(0.125);
});
