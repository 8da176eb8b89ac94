import { createRowWriter, type PartitionRuntime } from '@isotherm/compute/internals';
import { createHeardLogger } from '../engine/heard-logger.ts';
import type { Drill } from './drill.ts';

/** As the writer has it: rows taken before others have a turn. */
const ROWS_PER_TURN = 8192;

/** While an insert of many rows is gathered, others have a turn every few thousand, and no more often. */
export async function drillRowTurns(drill: Drill): Promise<void> {
  const { prng, same, scheduler, settled } = drill;
  const process = drill.spawn('shard');
  const sizes = Array.from({ length: 3 + prng.below(10) }, () => prng.pick([1, 4_096, 8_191, 8_192, 9_000]));
  const takenAt: number[] = [];
  const runtimes = sizes.map((rowCount, partition) => {
    const state = {
      rowsPending: rowCount,
      takeRows() {
        takenAt.push(scheduler.steps);
        return { rows: { rowCount }, stored: () => undefined, failed: () => undefined };
      },
    };
    const trail = { unwritten: [], lastApplied: undefined, lastWritten: undefined };
    return [partition, { partition, state, trail } as unknown as PartitionRuntime] as const;
  });
  const writer = createRowWriter(
    {
      analytics: { writeMinuteRows: () => process.sleep(1) } as never,
      incarnation: '0191a2b3c4d50051',
      runtimes: new Map(runtimes),
      logger: createHeardLogger().logger,
      runtime: process,
    },
    { intervalMs: 100, rowsPerInsert: 1_000_000, maxBackoffMs: 1_000 },
  );
  const total = sizes.reduce((sum, rows) => sum + rows, 0);
  same('all of it is one insert', await settled(writer.flush()), total);
  let since = 0;
  const wanted = sizes.slice(0, -1).map((rows) => {
    since += rows;
    if (since < ROWS_PER_TURN) return false;
    since = 0;
    return true;
  });
  const turns = takenAt.slice(1).map((steps, i) => steps > takenAt[i]!);
  same('others have a turn every few thousand rows', turns, wanted);
}
