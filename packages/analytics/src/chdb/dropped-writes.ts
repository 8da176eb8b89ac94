import { IsothermError } from '@isotherm/service-kit';
import type { ClickHouseEngine } from '../clickhouse-engine.ts';
import { interceptStatements } from './intercept-statements.ts';

/**
 * Failed writes to files that chDB counted in this process. Where a write fails, because the disk is full say, chDB says
 * nothing and goes on with the next one (its WriteBufferFromFileDescriptor::nextImpl breaks where ClickHouse throws):
 * an insert or a merge then "succeeds" with files that are cut short.
 */
export const FAILED_WRITES = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'";

/** Time between two looks while no statement asks for one: merges drop writes, too. Far below `old_parts_lifetime`. */
const LOOK_MS = 1_000;

/** What {@link refuseDroppedWrites} needs. */
export interface DroppedWritesDeps {
  /** Failed writes so far. Its answer must not wait for other statements. */
  readonly failedWrites: () => Promise<number>;
  /** Data directory of the engine, for the message. */
  readonly path: string;
  /** Called once, when a write was dropped: open the engine anew, which sets aside what is cut short. */
  readonly onDropped?: ((error: IsothermError) => void) | undefined;
}

/**
 * Believes no statement before the engine's count of failed writes was looked at. Once it has grown, that statement and
 * all later ones are refused: parts that the engine believes in may be cut short, and merges may have
 * replaced whole ones by them. The whole ones are still on disk for a while (`old_parts_lifetime`), and an engine that
 * is opened anew takes them again.
 */
export async function refuseDroppedWrites(
  engine: ClickHouseEngine,
  deps: DroppedWritesDeps,
): Promise<ClickHouseEngine> {
  const before = await deps.failedWrites();
  let dropped: IsothermError | undefined;

  async function look(): Promise<void> {
    if (dropped === undefined) {
      const count = (await deps.failedWrites()) - before;
      if (count > 0 && dropped === undefined) {
        dropped = writesDropped(count, deps.path);
        engine.run('SYSTEM STOP MERGES').catch(() => undefined);
        deps.onDropped?.(dropped);
      }
    }
    if (dropped !== undefined) throw dropped;
  }

  async function believed<T>(statement: () => Promise<T>): Promise<T> {
    if (dropped !== undefined) throw dropped;
    try {
      return await statement();
    } finally {
      // Also of one that failed: what it met may be files that were cut short.
      await look();
    }
  }

  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch(() => undefined);
  }, LOOK_MS);
  timer.unref();
  return {
    ...interceptStatements(engine, believed),
    async close() {
      clearInterval(timer);
      await looking;
      await engine.close();
    },
  };
}

function writesDropped(count: number, path: string): IsothermError {
  return new IsothermError({
    code: 'UNAVAILABLE',
    id: 'ANALYTICS_WRITE_DROPPED',
    message: `The ClickHouse engine could not write to its files in ${path} (${count} times), as when the disk is full.`,
    advice:
      'Free space there. The engine is opened anew, sets aside what is cut short, and gets it again from the log.',
    retryAfterMs: 1_000,
    metadata: { path, count: String(count) },
  });
}
