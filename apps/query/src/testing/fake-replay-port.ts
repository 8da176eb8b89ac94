import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ReplayResponseSchema,
  type ReplayRow,
  type ReplayRowSchema,
  ReplayRowSchema as RowSchema,
} from '@isotherm/contracts/ingest/v1/replay_service';
import type { ReplayPort } from '../dead-letters/replay-port.ts';
import { INCARNATION } from './fake-dead-letters.ts';

/** Ingest in memory: it takes every replay and remembers it. */
export interface FakeReplayPort extends ReplayPort {
  /** Rows of each replay so far. */
  readonly replays: (readonly ReplayRow[])[];
  /** Replays under way at most, at any time. */
  readonly mostAtOnce: number;
  readonly closed: boolean;
  /** Called before a replay is taken; what it throws is what the caller gets. */
  before: (rows: readonly ReplayRow[]) => Promise<void> | void;
  /** Cities that it refuses. */
  readonly refusedCities: Set<string>;
}

/** Creates one. */
export function createFakeReplayPort(): FakeReplayPort {
  const replays: (readonly ReplayRow[])[] = [];
  let running = 0;
  let mostAtOnce = 0;
  let closed = false;
  const ends = new Map<number, bigint>();
  const port = {
    replays,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get closed() {
      return closed;
    },
    before: () => undefined,
    refusedCities: new Set<string>(),
    async replay(inits: readonly MessageInitShape<typeof ReplayRowSchema>[]) {
      const rows = inits.map((init) => create(RowSchema, init));
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      try {
        await (port as FakeReplayPort).before(rows);
      } finally {
        running -= 1;
      }
      const isRefused = (row: ReplayRow) => port.refusedCities.has(row.observation?.cityId ?? '');
      const refused = rows.flatMap((row, index) =>
        isRefused(row) ? [{ index, reason: 2, message: 'Its city is of another partition.' }] : [],
      );
      const taken = rows.filter((row) => !isRefused(row));
      replays.push(taken);
      const partitions = [...new Set(taken.map(({ partition }) => partition))];
      for (const partition of partitions) ends.set(partition, (ends.get(partition) ?? 100n) + 1n);
      return create(ReplayResponseSchema, {
        appended: taken.length,
        refused,
        readToken: { incarnation: INCARNATION, partitions, offsets: partitions.map((p) => ends.get(p) ?? 0n) },
      });
    },
    close() {
      closed = true;
    },
  };
  return port;
}
