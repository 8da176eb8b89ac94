import { createPartitionState, DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { createMemoryLog } from '@isotherm/log';
import { createRecordReader, encodeResultSettings } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { startIngest } from './start-ingest.ts';
import { connectIngest } from './testing/ingest-client.ts';
import { NOW_MS } from './testing/ingest-fixture.ts';

const HOUR_MS = 3_600_000;
const logger = createLogger({ service: 'test', level: 'silent' });

/** Minute rows of ten minutes of readings that alternate between two ingests of one log, one with another clock. */
async function rowsWith(aheadMs: number): Promise<unknown> {
  const clock = { nowMs: NOW_MS };
  await using log = createMemoryLog({ partitionCount: 1, now: () => clock.nowMs });
  const start = async (offMs: number) => {
    const now = () => clock.nowMs + offMs;
    const runtime = { ...systemRuntime, now, monotonicMs: now };
    const ingest = await startIngest({ log, logger, port: 0, runtime });
    return { ingest, client: connectIngest(ingest.address.port) };
  };
  const ingests = [await start(0), await start(aheadMs)];
  for (let sequence = 1; sequence <= 40; sequence += 1) {
    clock.nowMs += 15_000;
    const observeTime = { seconds: BigInt(clock.nowMs / 1000), nanos: 0 };
    const batch = { producerId: 'feed', session: 1n, sequence: BigInt(sequence), createTime: observeTime };
    const { client } = ingests[sequence % 2]!;
    const ack = await client.ingest({ batch, observations: [{ cityId: '7', observeTime, temperatureCelsius: 20 }] });
    expect([ack.accepted, ack.rejected]).toEqual([1, 0]);
  }
  for (const { client, ingest } of ingests) {
    client.close();
    await ingest.close();
  }
  const state = createPartitionState({ partition: 0, settings: DEFAULT_RESULT_SETTINGS });
  const reader = createRecordReader();
  const closed: unknown[] = [];
  const { end } = (await log.extents([0])).get(0)!;
  for (let offset = 0; offset < end; offset += 1) {
    const entry = (await log.readAt(0, offset))!;
    state.apply(entry, reader.decode(entry.bytes));
    // A window closes with the record that brings log time there.
    const pending = state.takeRows(100);
    closed.push([offset, pending === undefined ? [] : [...pending.rows.minute], state.logTimeMs]);
    pending?.stored();
  }
  return { closed, counters: state.counters, exceptions: state.exceptions(end) };
}

describe('The clock of an ingest', () => {
  it.each([HOUR_MS, 26 * HOUR_MS, -HOUR_MS / 20])('changes no window, %i ms ahead or behind', async (aheadMs) => {
    expect(await rowsWith(aheadMs)).toEqual(await rowsWith(0));
  });
});

describe('Ingest over a log', () => {
  const settings = encodeResultSettings({ ...DEFAULT_RESULT_SETTINGS, formula: 'ROTHFUSZ' });
  const log = createMemoryLog({ partitionCount: 1, settings });
  const start = (formula: 'NWS' | 'ROTHFUSZ') => startIngest({ log, logger, port: 0, settings: { formula } });

  it('made with other settings does not start, and says which and what to do', async () => {
    await expect(start('NWS')).rejects.toMatchObject({
      id: 'LOG_SETTINGS_DIFFER',
      message: expect.stringContaining('made with formula "ROTHFUSZ", this process is to work with "NWS"'),
      advice: 'Set formula to "ROTHFUSZ", or start with another log.',
    });
  });

  it('made with the same settings starts', async () => {
    await (await start('ROTHFUSZ')).close();
  });
});
