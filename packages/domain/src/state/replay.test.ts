import { expect, test } from 'vitest';
import { restorePartitionState } from './create-partition-state.ts';
import { observationsRecord } from './testing/observations-record.ts';
import { TEST_SETTINGS } from './testing/script.ts';
import { at, minuteAt, TestPartition } from './testing/test-partition.ts';

const HOUR = 60;
const reading = (minute: number, t = 20, city = '1') => ({ city, observedMs: at(minute), t, h: 50, w: 2 });
const letter = (row: number, offset = 0) => ({ offset, row });

/** A reading each ten minutes from `from` to `to`, both in minutes; everything stored. */
function steadyPartition(from: number, to: number): TestPartition {
  const partition = new TestPartition();
  for (let minute = from; minute <= to; minute += 10) partition.send(reading(minute));
  partition.flush({ includeOpen: true });
  return partition;
}

const rowOf = (partition: TestPartition, minute: number) => partition.store.rows.get(`1@${minuteAt(minute)}`)!;
const temperatures = (partition: TestPartition, minute: number) => {
  const { rolling5m, rolling1h, rolling24h } = rowOf(partition, minute).rolling;
  return [rolling5m, rolling1h, rolling24h].map((window) => window.temperatureCount);
};

test('a letter counts once, whatever replays it again, and a failed replay leaves it to be replayed', () => {
  const partition = steadyPartition(0, 40 * HOUR);
  partition.replay([reading(30 * HOUR), reading(HOUR), reading(40 * HOUR)], [letter(1), letter(2), letter(1)]);
  partition.replay([reading(30 * HOUR), reading(40 * HOUR)], [letter(1), letter(2)]);
  expect(partition.state.counters).toMatchObject({ applied: 241 + 2, duplicate: 2, dead: 1 });
  expect(partition.state.exceptions(999).map(({ offset, kind, row }) => [offset, kind, row])).toEqual([
    [241, 'replay', -1],
    [241, 'late', 1],
    [241, 'replayed', 2],
    [242, 'replay', -1],
    [242, 'replayed', 0],
  ]);
  expect([letter(1), letter(2), letter(3)].map(({ offset, row }) => partition.state.replayed(offset, row))).toEqual([
    true,
    true,
    false,
  ]);
});

test('a rejected row of a replay counts as rejected, unless its letter counts already', () => {
  const partition = steadyPartition(0, 10);
  partition.replay([reading(10)], [letter(1), letter(2), letter(1)], 2);
  expect(partition.state.counters).toMatchObject({ applied: 3, rejected: 1, duplicate: 1 });
  expect(partition.state.exceptions(9).map(({ kind, row }) => [kind, row])).toEqual([
    ['replay', -1],
    ['replayed', 2],
  ]);
});

test('a sealed minute within reach is corrected by a replay as if it were open', () => {
  const partition = steadyPartition(0, 30 * HOUR);
  expect(partition.replay([reading(28 * HOUR + 5, 50)], [letter(1)])).toBe(true);
  expect(partition.flush({ includeOpen: true }).length).toBe(1 + 12);
  expect(temperatures(partition, 28 * HOUR + 5)).toEqual([2, 7, 145]);
  expect(temperatures(partition, 30 * HOUR)).toEqual([1, 7, 146]);
  expect(partition.state.rowsPending).toBe(0);
});

test('backfill corrects its row and all rows of the day after it; a day that is not whole any more is missing there', () => {
  const partition = steadyPartition(0, 40 * HOUR);
  const minute = 30 * HOUR + 5;
  partition.replay([reading(minute, 50)], [letter(1)]);
  const before = partition.state.appliedOffset;
  expect(partition.state.rowsPending).toBe(1 + 60);
  const keys = partition.flush({ includeOpen: true });
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toHaveLength(1 + 60);
  expect(rowOf(partition, minute)).toMatchObject({ count: 1, version: before });
  expect(temperatures(partition, minute)).toEqual([2, 7, 0]);
  expect(temperatures(partition, minute + 5)).toEqual([2, 8, 0]);
  expect(temperatures(partition, minute + 65)).toEqual([1, 7, 0]);
  expect(temperatures(partition, 37 * HOUR + 50)).toEqual([1, 7, 0]);
  expect(temperatures(partition, 38 * HOUR)).toEqual([1, 7, 146]);
  expect(temperatures(partition, 40 * HOUR)).toEqual([1, 7, 146]);
  expect(temperatures(partition, 30 * HOUR)).toEqual([1, 7, 145]);
  expect(partition.state.rolling(0, 24 * HOUR)).toMatchObject({ count: 146, temperature: { max: 50 } });
  expect(partition.state.counters.stored).toBe(partition.state.counters.applied);
});

test('backfill is late where the ring does not go back so far', () => {
  const partition = steadyPartition(0, 40 * HOUR);
  partition.replay([reading(14 * HOUR, 50), reading(14 * HOUR - 1, 50)], [letter(1), letter(2)]);
  expect(partition.exceptionKinds()).toEqual(['replay', 'late']);
  partition.flush({ includeOpen: true });
  // The hour before holds the newest one by now.
  expect(temperatures(partition, 14 * HOUR)).toEqual([0, 0, 0]);
  expect(rowOf(partition, 14 * HOUR).count).toBe(2);
  expect(temperatures(partition, 14 * HOUR + 10)).toEqual([1, 0, 0]);
  expect(temperatures(partition, 15 * HOUR)).toEqual([1, 8, 0]);
});

test('backfill waits outside the ring, and nothing after its record is stored before it is', () => {
  const partition = steadyPartition(0, 4 * HOUR);
  partition.send(reading(29 * HOUR));
  partition.flush({ includeOpen: true });
  const offset = partition.state.appliedOffset;
  expect(partition.state.storedOffset).toBe(offset);
  partition.replay([reading(3 * HOUR + 30, 50)], [letter(1)]);
  expect(partition.state.rowsPending).toBe(4);
  expect(partition.state.storedOffset).toBe(offset);
  expect(partition.flush()).toHaveLength(4);
  expect(partition.state.storedOffset).toBe(offset + 1);
  expect(temperatures(partition, 4 * HOUR)).toEqual([1, 8, 0]);
});

test('an ordinary reading of a sealed minute stays late while others are replayed around it', () => {
  const partition = steadyPartition(0, 40 * HOUR);
  partition.replay([reading(30 * HOUR, 50)], [letter(1)]);
  partition.send(reading(30 * HOUR, 50));
  expect(partition.exceptionKinds()).toEqual(['replay', 'late']);
});

test('backfill that a later row of its replay leaves behind is made before the ring moves on', () => {
  const partition = steadyPartition(0, 40 * HOUR);
  partition.appendMs = at(64 * HOUR);
  partition.replay(
    [reading(16 * HOUR, 50), reading(64 * HOUR, 20), reading(16 * HOUR, 50)],
    [1, 2, 3].map((row) => letter(row)),
  );
  expect(partition.exceptionKinds()).toEqual(['replay', 'late']);
  partition.flush({ includeOpen: true });
  expect(rowOf(partition, 16 * HOUR).count).toBe(2);
  expect(temperatures(partition, 16 * HOUR)).toEqual([2, 8, 0]);
  expect(partition.state.counters.stored).toBe(partition.state.counters.applied);
});

test.each(['stored', 'failed'] as const)(
  'backfill of a row that is out, and left reach since, ends right when that one is %s',
  (fate) => {
    const partition = steadyPartition(0, 40 * HOUR);
    partition.send(reading(40 * HOUR + 10, 30));
    partition.send(reading(40 * HOUR + 20, 30), reading(40 * HOUR + 11, 30));
    const out = partition.state.takeRows(1_000, { includeOpen: true })!;
    expect(out.rows.rowCount).toBe(3);
    partition.store.write(out.rows);
    partition.appendMs = at(44 * HOUR);
    partition.send(reading(44 * HOUR));
    partition.replay([reading(40 * HOUR + 10, 50), reading(40 * HOUR + 11, 50)], [letter(1), letter(2)]);
    partition.replay([reading(40 * HOUR + 10, 60)], [letter(3)]);
    const restored = restorePartitionState({
      partition: 0,
      settings: TEST_SETTINGS,
      segments: [partition.state.takeSegment('full')],
    }).state;
    expect(restored.rowsPending).toBe(partition.state.rowsPending);
    out[fate]();
    const again = partition.flush({ includeOpen: true });
    expect(new Set(again).size).toBe(again.length);
    expect(rowOf(partition, 40 * HOUR + 10)).toMatchObject({ count: 3, metrics: { temperature: { max: 6_000 } } });
    expect(rowOf(partition, 40 * HOUR + 11)).toMatchObject({ count: 2 });
    expect(rowOf(partition, 40 * HOUR + 20)).toMatchObject({ count: 1 });
    expect(partition.state.rowsPending).toBe(0);
    expect(partition.state.counters.stored).toBe(partition.state.counters.applied);
    expect(partition.state.storedOffset).toBe(partition.state.appliedOffset);
    partition.replay([reading(40 * HOUR + 11, 70)], [letter(4)]);
    partition.flush({ includeOpen: true });
    expect(rowOf(partition, 40 * HOUR + 11)).toMatchObject({ count: 3 });
    expect(partition.state.rowsPending).toBe(0);
    expect(partition.state.counters.stored).toBe(partition.state.counters.applied);
  },
);

test('letters replayed are known to whoever restores the state, from full segments and from deltas', () => {
  const partition = steadyPartition(0, 10);
  partition.replay([reading(10)], [letter(1)]);
  const full = partition.state.takeSegment('full');
  partition.replay([reading(10)], [letter(2)]);
  const delta = partition.state.takeSegment('delta');
  const { state } = restorePartitionState({ partition: 0, settings: TEST_SETTINGS, segments: [full, delta] });
  expect([1, 2, 3].map((row) => state.replayed(0, row))).toEqual([true, true, false]);
  expect(state.takeSegment('full')).toEqual(partition.state.takeSegment('full'));
});

test('a replay that cannot be changes nothing', () => {
  const partition = steadyPartition(0, 10);
  const before = partition.state.takeSegment('full');
  const record = observationsRecord([{ rows: [reading(10)] }], { replay: [letter(1, 0)] });
  const replay = record.replay!;
  const place = { offset: 2, appendMs: at(10) };
  const wrong = [
    { ...replay, offset: Float64Array.of(2) },
    { ...replay, offset: Float64Array.of(-1) },
    { ...replay, offset: Float64Array.of(Number.NaN) },
    { ...replay, offset: Float64Array.of(0, 0) },
    { ...replay, row: new Uint32Array(0) },
  ];
  for (const letters of wrong)
    expect(() => partition.state.apply(place, { ...record, replay: letters })).toThrow(RangeError);
  expect(partition.state.takeSegment('full')).toEqual(before);
  expect(partition.state.apply(place, record)).toBe(true);
});

test('a record whose application throws half-way leaves the state as it was, a replay too', () => {
  let poisonous = false;
  const partition = new TestPartition({
    heatIndexOf: () => (t) => {
      if (poisonous && t === 13) throw new Error('no heat index for this');
      return t;
    },
  });
  for (let minute = 0; minute < 30 * HOUR; minute += 30) {
    const producer = { id: 'p', session: 1n };
    partition.sendSlices([{ rows: [reading(minute)], producer, sequence: minute, createdAtMs: at(minute) }]);
  }
  poisonous = true;
  partition.state.takeChanged();
  const before = partition.state.takeSegment('full');
  const place = { offset: partition.state.appliedOffset, appendMs: at(40 * HOUR) };
  const rows = [
    reading(31 * HOUR, 20, 'new'),
    reading(31 * HOUR),
    reading(10 * HOUR),
    reading(31 * HOUR, 13),
    reading(32 * HOUR),
  ];
  const slice = { rows, producer: { id: 'q' }, sequence: 1, createdAtMs: at(31 * HOUR), rejected: 1 };
  const letters = [1, 2, 3, 4, 5, 6].map((row) => letter(row));
  for (const replay of [undefined, letters]) {
    for (const wide of [false, true]) {
      const options = replay === undefined ? { wide } : { wide, replay };
      const record = observationsRecord([slice], options);
      expect(() => partition.state.apply(place, record)).toThrow('no heat index for this');
      expect(partition.state.takeSegment('full')).toEqual(before);
      expect(partition.state.takeChanged().length).toBe(0);
    }
  }
});
