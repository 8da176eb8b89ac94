/**
 * Bringing back states from segments, beside copying the same bytes: `node packages/domain/bench/restore.ts`. Eight of 64
 * partitions with 25 h of one reading a minute; a machine with all 64 has eight times as much to do.
 */
import { createPartitionState, restorePartitionState } from '../src/index.ts';
import { citiesOf, cpuMs, createFeed, SETTINGS, START_MS } from './feed.ts';

const MINUTES = 1_500;
const PARTITIONS = 8;

const segments = citiesOf.slice(0, PARTITIONS).map((_, partition) => {
  const state = createPartitionState({ partition, settings: SETTINGS });
  const feed = createFeed(partition);
  for (let minute = 0; minute < MINUTES; minute++) {
    const appendMs = START_MS + minute * 60_000;
    state.apply({ offset: minute, appendMs }, feed(appendMs));
    if (minute % 60 === 59) state.takeRows(1 << 20)?.stored();
  }
  return state.takeSegment('full');
});

const cities = citiesOf.slice(0, PARTITIONS).reduce((sum, partition) => sum + partition.length, 0);
const bytes = segments.reduce((sum, segment) => sum + segment.length, 0);

const copies = measure(() => segments.map((segment) => segment.slice()));
const restored = measure(() =>
  segments.map((segment, partition) => restorePartitionState({ partition, settings: SETTINGS, segments: [segment] })),
);
const firstReads = measure(readWindows);
const secondReads = measure(readWindows);

process.stdout.write(
  `${cities} cities, ${MINUTES} minutes: ${(bytes / 2 ** 20).toFixed(0)} MB, ${(bytes / cities / MINUTES).toFixed(1)} bytes a city-minute\n` +
    `copy ${copies.ms.toFixed(0)} ms, restore ${restored.ms.toFixed(0)} ms (${(restored.ms / copies.ms).toFixed(1)} × copy), ` +
    `all 15,000 cities ${((restored.ms / cities) * 15_000).toFixed(0)} ms\n` +
    `three windows of a city: ${((firstReads.ms / cities) * 1000).toFixed(1)} µs, once its hours are summed up ${((secondReads.ms / cities) * 1000).toFixed(1)} µs\n`,
);

function measure<T>(run: () => T): { readonly ms: number; readonly value: T } {
  const start = cpuMs();
  const value = run();
  return { ms: cpuMs() - start, value };
}

function readWindows(): void {
  for (const { state } of restored.value) {
    for (let slot = 0; slot < state.slotCount; slot++)
      for (const minutes of [5, 60, 1440]) state.rolling(slot, minutes);
  }
}
