import { createMemoryLog, type Log } from '@isotherm/log';
import { createRecordReader } from '@isotherm/records';
import { createLogger } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { createIdleTicker } from './idle-ticker.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

function start(recent: readonly number[] = []) {
  const log = createMemoryLog({ partitionCount: 3 });
  const clock = { nowMs: 1_000_000 };
  const ticker = createIdleTicker({ log, logger, nextStamp: () => clock.nowMs }, { recent, onTicks: () => undefined });
  return { log, clock, ticker };
}

async function counts(log: Log): Promise<number[]> {
  return [...(await log.extents([0, 1, 2])).values()].map(({ end }) => end);
}

describe('A partition', () => {
  it('without observations gets no ticks', async () => {
    const { log, clock, ticker } = start();
    clock.nowMs += 5_000;
    await ticker.tick();
    expect(await counts(log)).toEqual([0, 0, 0]);
  });

  it('gets a tick each time once it has been idle for a second, with the stamp of then', async () => {
    const { log, clock, ticker } = start();
    ticker.appended(1, clock.nowMs);
    clock.nowMs += 999;
    await ticker.tick();
    expect(await counts(log)).toEqual([0, 0, 0]);
    clock.nowMs += 1;
    await ticker.tick();
    expect(await counts(log)).toEqual([0, 1, 0]);
    const entry = await log.readAt(1, 0);
    expect(createRecordReader().decode(entry!.bytes)).toEqual({ kind: 'tick', stampMs: 1_001_000 });
  });

  it('gets ticks until it has been idle for 90 s, and again after its next observations', async () => {
    const { log, clock, ticker } = start();
    ticker.appended(2, clock.nowMs);
    for (let second = 1; second <= 120; second += 1) {
      clock.nowMs += 1_000;
      await ticker.tick();
    }
    expect(await counts(log)).toEqual([0, 0, 90]);
    ticker.appended(2, clock.nowMs);
    clock.nowMs += 1_000;
    await ticker.tick();
    expect(await counts(log)).toEqual([0, 0, 91]);
  });

  it('gets the tick that closes its panes also when the machine slept for hours in between', async () => {
    const { log, clock, ticker } = start();
    ticker.appended(2, clock.nowMs);
    clock.nowMs += 6 * 3_600_000;
    await ticker.tick();
    await ticker.tick();
    expect(await counts(log)).toEqual([0, 0, 1]);
  });

  it('that had observations before the start gets its ticks from the start', async () => {
    const { log, clock, ticker } = start([0]);
    clock.nowMs += 1_000;
    await ticker.tick();
    expect(await counts(log)).toEqual([1, 0, 0]);
  });

  it('survives an append that fails', async () => {
    const { log, clock, ticker } = start([0]);
    clock.nowMs += 1_000;
    await log.close();
    await ticker.tick();
    await ticker.tick();
  });
});
