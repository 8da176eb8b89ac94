/**
 * Cost of an observation in the partition states of 15,000 cities over 64 partitions, beside a plain loop that does the
 * same sums on one array of panes: `node packages/domain/bench/apply.ts`.
 */
import type { LogRecord } from '@isotherm/records';
import { createPartitionState, heatIndexCelsius, type PartitionState } from '../src/index.ts';
import { CITIES, citiesOf, cpuMs, createFeed, SETTINGS, START_MS } from './feed.ts';

interface Run {
  readonly observations: number;
  readonly rows: number;
  readonly applyNs: number;
  readonly rowsNs: number;
  readonly feedNs: number;
}

function run(stepMs: number, steps: number, rowsEveryMs: number): Run & { readonly states: readonly PartitionState[] } {
  const states = citiesOf.map((_, partition) => createPartitionState({ partition, settings: SETTINGS }));
  const feeds = citiesOf.map((_, partition) => createFeed(partition));
  let [observations, rows, applyNs, rowsNs, feedNs] = [0, 0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const ms = START_MS + step * stepMs;
    for (const [partition, state] of states.entries()) {
      const t0 = cpuMs();
      const record: LogRecord = feeds[partition]!(ms);
      const t1 = cpuMs();
      if (!state.apply({ offset: step, appendMs: ms }, record)) throw new Error('no room');
      applyNs += (cpuMs() - t1) * 1e6;
      feedNs += (t1 - t0) * 1e6;
      observations += record.rowCount;
    }
    if (ms % rowsEveryMs !== 0) continue;
    const t0 = cpuMs();
    for (const state of states) {
      const pending = state.takeRows(1 << 20);
      if (pending === undefined) continue;
      rows += pending.rows.rowCount;
      pending.stored();
    }
    rowsNs += (cpuMs() - t0) * 1e6;
  }
  return { observations, rows, applyNs, rowsNs, feedNs, states };
}

/** Heat index, sums, extremes and count of four metrics into one array of open panes: what no design can do without. */
function reference(steps: number): number {
  const kernel = heatIndexCelsius('NWS');
  const panes = new Float64Array(CITIES * 16);
  const feeds = citiesOf.map((_, partition) => createFeed(partition));
  let observations = 0;
  let ns = 0;
  for (let step = 0; step < steps; step++) {
    for (const feed of feeds) {
      const record = feed(START_MS + step * 1000);
      const t0 = cpuMs();
      for (let row = 0; row < record.rowCount; row++) {
        const at = record.cityRef[row]! * 16;
        const t = record.temperature.values[row]! / 100;
        const h = record.humidity.values[row]! / 100;
        const hi = kernel(t, h);
        panes[at]! += 1;
        add(panes, at + 1, t);
        add(panes, at + 4, h);
        add(panes, at + 7, record.wind.values[row]! / 100);
        add(panes, at + 10, hi);
      }
      ns += (cpuMs() - t0) * 1e6;
      observations += record.rowCount;
    }
  }
  return ns / observations;
}

function add(panes: Float64Array, at: number, value: number): void {
  panes[at]! += value;
  if (value < panes[at + 1]!) panes[at + 1] = value;
  if (value > panes[at + 2]!) panes[at + 2] = value;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

reference(100);
const referenceNs = reference(300);
print(`reference loop: ${referenceNs.toFixed(1)} ns an observation`);

const second = run(1_000, 400, 60_000);
const secondNs = second.applyNs / second.observations;
print(
  `1 Hz a city: apply ${secondNs.toFixed(1)} ns an observation (${(secondNs / referenceNs).toFixed(2)} × reference), ` +
    `rows ${(second.rowsNs / second.observations).toFixed(1)} ns an observation, ${second.rows} rows`,
);

const minutes = Number(process.env['MINUTES'] ?? 300);
const minute = run(60_000, minutes, 60_000 * 5);
const minuteApply = minute.applyNs / minute.observations;
const minuteRows = minute.rowsNs / minute.rows;
print(
  `1 reading a city-minute: apply ${minuteApply.toFixed(1)} ns an observation, rows ${minuteRows.toFixed(1)} ns a row, ` +
    `together ${((minuteApply + minuteRows) / referenceNs).toFixed(2)} × reference, ${minute.rows} rows`,
);
const rss = process.memoryUsage().rss / 2 ** 20;
print(`memory: ${rss.toFixed(0)} MB resident with ${minutes} minutes of ${CITIES} cities`);
