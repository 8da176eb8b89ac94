import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckpointStore, openDirectoryCheckpoints } from '@isotherm/checkpoint';
import { createPartitionState, DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { createForecaster } from '@isotherm/forecast';
import { createMemoryLog, type Log } from '@isotherm/log';
import { createRecordReader, encodeResultSettings, encodeTick } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadPartition } from './load-partition.ts';

const SETTINGS = encodeResultSettings(DEFAULT_RESULT_SETTINGS);
let path: string;
let checkpoints: CheckpointStore;
let log: Log;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'isotherm-open-partition-'));
  checkpoints = await openDirectoryCheckpoints({ path });
  log = createMemoryLog({ partitionCount: 1, incarnation: '0191a2b3c4d50001', settings: SETTINGS });
});
afterEach(async () => {
  await checkpoints.close();
  await rm(path, { recursive: true });
});

const append = () => log.append([{ partition: 0, bytes: encodeTick() }]);
const extentNow = async () => (await log.extents([0])).get(0)!;

/** An owner who has applied so many ticks writes its checkpoint. */
async function checkpointAt(offset: number): Promise<void> {
  const forecaster = createForecaster();
  const state = createPartitionState({ partition: 0, settings: DEFAULT_RESULT_SETTINGS, hourObserver: forecaster });
  const records = createRecordReader();
  for (let at = 0; at < offset; at++) state.apply({ offset: at, appendMs: 1_000 + at }, records.decode(encodeTick()));
  await checkpoints.commit(await checkpoints.claim(0, 'before'), {
    kind: 'full',
    segment: state.takeSegment('full', forecaster.takeState('full')),
    offset,
    sinkCursor: offset,
    storedOffset: offset,
    incarnation: log.incarnation,
  });
}

function open(extent: Awaited<ReturnType<typeof extentNow>>) {
  const logger = createLogger({ service: 'test', level: 'silent' });
  return loadPartition({ log, checkpoints, logger }, 0, extent);
}

it('goes on from a checkpoint that the owner before wrote after the log was asked where it ends', async () => {
  await append();
  const extent = await extentNow();
  await append();
  await append();
  await checkpointAt(3);
  const { state, checkpointOffset } = await open(extent);
  expect([extent.end, state.appliedOffset, checkpointOffset]).toEqual([1, 3, 3]);
});

it('refuses a checkpoint of records that the log has lost', async () => {
  await append();
  await checkpointAt(3);
  await expect(open(await extentNow())).rejects.toMatchObject({
    id: 'CHECKPOINT_BEYOND_LOG',
    message: 'The checkpoint of partition 0 stands at offset 3, the log holds 0 to 1.',
  });
});

it('refuses to begin without a checkpoint where the log no longer holds the beginning', async () => {
  await expect(open({ start: 2, end: 5, weight: 5 })).rejects.toMatchObject({ id: 'CHECKPOINT_MISSING' });
});
