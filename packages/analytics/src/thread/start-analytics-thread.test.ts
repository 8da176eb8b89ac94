import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runWithinLimit } from '../chdb/testing/run-within-limit.ts';
import { connectAnalytics } from './connect-analytics.ts';
import { startAnalyticsThread } from './start-analytics-thread.ts';

const QUERY = {
  cityId: 'x',
  fromMs: 0,
  toMs: 1,
  resolution: 'minute',
  timeZone: 'UTC',
  limit: 1,
  after: undefined,
} as const;

describe('analytics thread', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'isotherm-thread-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const start = () => startAnalyticsThread({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch') });

  it('brings errors across with their code, id, advice and causes', async () => {
    await using thread = await start();
    const error = await thread.totals().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(IsothermError);
    expect(error).toMatchObject({
      code: 'FAILED_PRECONDITION',
      id: 'ANALYTICS_NOT_MIGRATED',
      advice: 'Run its migrations first.',
      retryable: false,
    });
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  it('lets a caller go who no longer waits, and answers the next', async () => {
    await using thread = await start();
    await thread.migrate();
    const controller = new AbortController();
    const given = thread.history(QUERY, controller.signal);
    controller.abort();
    await expect(given).rejects.toMatchObject({ id: 'CANCELLED' });
    expect(await thread.history(QUERY)).toEqual([]);
  });

  it('refuses calls of every port once closed, and closes twice without harm', async () => {
    const thread = await start();
    const other = connectAnalytics(thread.port());
    await thread.migrate();
    await other.totals();
    await thread.close();
    await thread.close();
    await expect(thread.totals()).rejects.toMatchObject({ code: 'UNAVAILABLE', id: 'ANALYTICS_CLOSED' });
    await expect(other.totals()).rejects.toMatchObject({ code: 'UNAVAILABLE', id: 'ANALYTICS_CLOSED' });
  });

  it('cuts its callers off at once when it is killed, and serves them again after a new start', async () => {
    let thread = await start();
    const other = connectAnalytics(thread.port());
    await thread.migrate();
    for (let round = 0; round < 3; round++) {
      const given = Array.from({ length: 20 }, () =>
        other.totals().then(
          () => 'answered',
          (error) => error.id,
        ),
      );
      await other.totals();
      const writes = Array.from({ length: 20 }, () =>
        other.totals().then(
          () => 'answered',
          (error) => error.id,
        ),
      );
      const killed = thread.kill();
      expect(new Set(await Promise.all(writes))).toEqual(new Set(['ANALYTICS_CLOSED']));
      await Promise.all(given);
      await expect(other.totals()).rejects.toMatchObject({ code: 'UNAVAILABLE', id: 'ANALYTICS_CLOSED' });
      await killed;
      expect(await thread.ended).toBeUndefined();
      thread = await start();
      await thread.migrate();
      other.attach(thread.port());
      expect(await other.totals()).toMatchObject({ minuteRows: 0 });
    }
    await other.close();
    await thread.close();
  });

  it('can be started again in the same process', async () => {
    await (await start()).close();
    await using again = await start();
    await again.migrate();
    expect(await again.totals()).toMatchObject({ minuteRows: 0 });
  });

  it('ends of itself when the engine drops a write, and what was confirmed is there when it is started again', {
    timeout: 120_000,
  }, async () => {
    const program = join(import.meta.dirname, 'testing', 'write-until-dropped.ts');
    const said = await runWithinLimit(program, [root]);
    const { confirmed, ended } = said as { readonly confirmed: number; readonly ended: string };
    expect(ended).toBe('ANALYTICS_WRITE_DROPPED');
    await using thread = await start();
    await thread.migrate();
    const { minuteRows } = await thread.totals();
    expect(minuteRows).toBeGreaterThanOrEqual(confirmed);
    expect(confirmed).toBeGreaterThan(1_000);
  });
});
