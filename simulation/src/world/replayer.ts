import { create, fromBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetter } from '@isotherm/analytics';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { type ReplayRow, ReplayRowSchema } from '@isotherm/contracts/ingest/v1/replay_service';
import type { IngestNode } from './ingest-node.ts';
import type { World } from './world.ts';

/** Somebody who replays dead letters, by hand and blindly. */
export interface Replayer {
  finish(): void;
  /** Whether every replay is answered. */
  readonly done: boolean;
}

/** Replays letters now and then: some twice at once, those without an answer again, without asking what became of them. */
export function startReplayer(world: World, target: () => IngestNode | undefined): Replayer {
  const process = world.spawn('replayer');
  const prng = world.prng.fork();
  let finishing = false;
  let underWay = 0;

  async function replay(rows: readonly ReplayRow[], triesLeft: number): Promise<void> {
    underWay += 1;
    try {
      // An ingest that dies never answers.
      const answer = target()?.replay(rows) ?? Promise.reject(new Error('No ingest is ready'));
      answer.catch(() => undefined);
      const late = process.sleep(3_000).then(() => Promise.reject(new Error('Ingest did not answer')));
      await Promise.race([answer, late]);
    } catch {
      if (triesLeft > 0) await process.sleep(prng.float() * 2_000).then(() => replay(rows, triesLeft - 1));
    } finally {
      underWay -= 1;
    }
  }

  process.every(2_000, () => {
    if (finishing || prng.chance(0.5)) return;
    const rows = drawLetters(world.tables.letters(), prng.below(6), prng.below(1_000)).map((letter) =>
      rowOf(letter, 1 + prng.below(3)),
    );
    if (rows.length === 0) return;
    for (let copies = prng.chance(0.2) ? 2 : 1; copies > 0; copies--) void replay(rows, 3);
  });
  return {
    finish() {
      finishing = true;
    },
    get done() {
      return underWay === 0;
    },
  };
}

/** Some letters that follow one another, in order: replays keep the order of a city. */
function drawLetters(letters: readonly DeadLetter[], count: number, from: number): DeadLetter[] {
  const readable = letters
    .filter(({ cityId }) => cityId !== '')
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset || a.row - b.row);
  const first = readable.length === 0 ? 0 : from % readable.length;
  return readable.slice(first, first + count);
}

function rowOf(letter: DeadLetter, attempt: number): ReplayRow {
  return create(ReplayRowSchema, {
    partition: letter.partition,
    offset: BigInt(letter.offset),
    row: letter.row,
    attempt,
    firstSeenTime: timestampFromMs(letter.firstSeenMs),
    observation: fromBinary(ObservationSchema, letter.observation),
  });
}
