import { createPartitionState, DEFAULT_RESULT_SETTINGS } from '@isotherm/domain';
import { createForecaster } from '@isotherm/forecast';
import { createMemoryLog, type Log, type LogWriter } from '@isotherm/log';
import { createRecordReader, encodeObservations } from '@isotherm/records';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger, IsothermError } from '@isotherm/service-kit';
import { describe, expect, it } from 'vitest';
import { newHeldPartition } from './held-partition.ts';
import { createIdleTicker, type IdleTicker } from './idle-ticker.ts';

const START_MS = Date.UTC(2025, 5, 15, 12);
const reader = createRecordReader();

/** An owner of two of three partitions, over a log whose clock is the test's. */
class Owner {
  readonly clock = { nowMs: START_MS };
  readonly log: Log = createMemoryLog({ partitionCount: 3, now: () => this.clock.nowMs });
  readonly owned = [0, 1].map((partition) => {
    const state = createPartitionState({ partition, settings: DEFAULT_RESULT_SETTINGS });
    return newHeldPartition({ partition, state, forecaster: createForecaster() });
  });
  readonly #wakes: (() => void)[] = [];
  readonly ticker: IdleTicker;
  readonly stopping = new AbortController();
  readonly running: Promise<void>;

  constructor(ticks: (log: Log) => LogWriter = (log) => log) {
    this.ticker = createIdleTicker({
      ticks: ticks(this.log),
      table: { inPhase: () => this.owned },
      logger: createLogger({ service: 'test', level: 'silent' }),
      runtime: {
        ...systemRuntime,
        monotonicMs: () => this.clock.nowMs,
        sleep: () => new Promise((resolve) => this.#wakes.push(resolve)),
      },
    });
    this.running = this.ticker.run(this.stopping.signal);
  }

  async observe(partition: number): Promise<void> {
    const rows = [{ cityId: '7', observedMs: this.clock.nowMs, temperature: 20 }];
    await this.log.append([{ partition, bytes: encodeObservations({ slices: [{ rows }] }) }]);
    await this.applyAll();
  }

  async applyAll(): Promise<void> {
    for (const held of this.owned) {
      const { state } = held;
      for (;;) {
        const entry = await this.log.readAt(state.partition, state.appliedOffset);
        if (entry === undefined) break;
        const record = reader.decode(entry.bytes);
        state.apply(entry, record);
        this.ticker.applied(held, { ...entry, isObservations: record.kind === 'observations' });
      }
    }
  }

  /** Lets so much time pass, and the ticker look once. @returns the ends of the log */
  async pass(ms: number): Promise<number[]> {
    this.clock.nowMs += ms;
    for (const wake of this.#wakes.splice(0)) wake();
    await new Promise((resolve) => setImmediate(resolve));
    await this.applyAll();
    return [...(await this.log.extents([0, 1, 2])).values()].map(({ end }) => end);
  }
}

describe('A partition', () => {
  it('without observations gets no ticks', async () => {
    const owner = new Owner();
    for (let second = 0; second < 5; second++) expect(await owner.pass(1_000)).toEqual([0, 0, 0]);
  });

  it('gets a tick each time nobody has appended to it for a second, stamped by the log', async () => {
    const owner = new Owner();
    await owner.observe(1);
    expect(await owner.pass(999)).toEqual([0, 1, 0]);
    expect(await owner.pass(1)).toEqual([0, 2, 0]);
    expect(await owner.pass(500)).toEqual([0, 2, 0]);
    expect(await owner.pass(500)).toEqual([0, 3, 0]);
    await owner.observe(1);
    expect(await owner.pass(600)).toEqual([0, 4, 0]);
    expect(owner.owned[1]?.state.logTimeMs).toBe(START_MS + 2_000);
  });

  it('gets ticks until its panes are closed, and from the next observations on again', async () => {
    const owner = new Owner();
    await owner.observe(0);
    for (let second = 0; second < 200; second++) await owner.pass(1_000);
    expect((await owner.pass(1_000))[0]).toBe(91);
    expect(owner.owned[0]?.state.takeRows(10)?.rows.rowCount).toBe(1);
    await owner.observe(0);
    expect((await owner.pass(1_000))[0]).toBe(93);
  });

  it('needs one tick after a sleep of hours: log time is there at once', async () => {
    const owner = new Owner();
    await owner.observe(0);
    expect((await owner.pass(6 * 3_600_000))[0]).toBe(2);
    for (let second = 0; second < 5; second++) expect((await owner.pass(1_000))[0]).toBe(2);
  });

  it('that was brought back with cities gets ticks, though nothing was applied since', async () => {
    const before = new Owner();
    await before.observe(0);
    const after = new Owner();
    const [first] = before.owned;
    const entry = (await before.log.readAt(0, 0))!;
    after.owned[0]?.state.apply(entry, reader.decode(entry.bytes));
    expect(first?.state.cityCount).toBe(1);
    await after.log.append([{ partition: 0, bytes: entry.bytes }]);
    expect((await after.pass(1_000))[0]).toBe(2);
  });

  it('gets its tick later when the log takes none, or does not say whether it did', async () => {
    const refusal = new IsothermError({ code: 'RESOURCE_EXHAUSTED', id: 'LOG_FULL', message: 'Full.' });
    let refuses: 'all' | 'one' | 'none' = 'all';
    const owner = new Owner((log) => ({
      async append(group) {
        if (refuses === 'all') throw refusal;
        if (refuses === 'none') return log.append(group);
        return group.map(() => ({ kind: 'unknown', error: refusal }));
      },
    }));
    await owner.observe(0);
    expect((await owner.pass(1_000))[0]).toBe(1);
    refuses = 'one';
    expect((await owner.pass(1_000))[0]).toBe(1);
    refuses = 'none';
    expect((await owner.pass(1_000))[0]).toBe(2);
    owner.stopping.abort();
    await owner.pass(1_000);
    await owner.running;
  });
});
