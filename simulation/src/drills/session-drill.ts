import { type BatchStamp, judgeBatch, MAX_SESSIONS, newSession, SessionTable } from '@isotherm/domain/internals';
import type { Drill } from './drill.ts';

const WINDOW = 64;
const RETRYABLE_MS = 3_600_000;
const KEPT_MS = 4_200_000;
const NEVER = Number.NEGATIVE_INFINITY;
const BACK = [0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 100, 128];
const LEAPS = [1, 1, 1, 2, 31, 32, 33, 62, 63, 64, 65, 66, 127, 200];

/** A producer's run, remembered plainly. */
interface Run {
  readonly key: string;
  readonly counted: Map<number, string>;
  readonly notBeforeMs: number;
  lastSeenMs: number;
  countedUntilMs: number;
}

/** Sessions in a table of few places against a plain list: who is forgotten, and what is counted, duplicate, conflicting or expired. */
export async function drillSessions({ prng, same }: Drill): Promise<void> {
  const places = 1 + prng.below(6);
  let table = new SessionTable(places);
  let runs: Run[] = [];
  let forgottenMs = NEVER;
  let nowMs = Date.UTC(2026, 4, 1);
  const createdAt: number[] = [];
  same('a table is empty at first', [table.size, [...table].length], [0, 0]);

  function forget(run: Run): void {
    runs = runs.filter((each) => each !== run);
    forgottenMs = Math.max(forgottenMs, run.countedUntilMs);
  }

  function touch(id: string, session: bigint): Run {
    const key = `${id}/${session}`;
    let run = runs.find((each) => each.key === key);
    if (run === undefined) {
      if (runs.length === places) forget(runs[0]!);
      run = { key, counted: new Map(), notBeforeMs: forgottenMs, lastSeenMs: nowMs, countedUntilMs: NEVER };
    }
    run.lastSeenMs = nowMs;
    runs = [...runs.filter((each) => each.key !== key), run];
    return run;
  }

  function verdictOf(run: Run, { sequence, createdAtMs, stampMs }: BatchStamp, content: string): string {
    const highest = Math.max(-1, ...run.counted.keys());
    const isTold = sequence > highest - WINDOW;
    const before = run.counted.get(sequence);
    if (isTold && before !== undefined) return before === content ? 'duplicate' : 'sequenceConflict';
    if (stampMs - createdAtMs > RETRYABLE_MS || createdAtMs <= run.notBeforeMs) return 'batchExpired';
    if (!isTold) return 'duplicate';
    run.counted.set(sequence, content);
    run.countedUntilMs = Math.max(run.countedUntilMs, createdAtMs);
    return 'fresh';
  }

  function drawStamp(run: Run): BatchStamp {
    const highest = Math.max(-1, ...run.counted.keys());
    const sequence = prng.chance(0.5) ? Math.max(0, highest - prng.pick(BACK)) : highest + prng.pick(LEAPS);
    const edge = prng.pick([run.notBeforeMs, ...createdAt.slice(-3)]);
    const createdAtMs =
      edge > NEVER && prng.chance(0.3)
        ? edge + prng.below(3) - 1
        : nowMs - prng.pick([0, 5, 900, RETRYABLE_MS - 1, RETRYABLE_MS, RETRYABLE_MS + 1]);
    createdAt.push(createdAtMs);
    return { sequence, createdAtMs, stampMs: nowMs, digestLow: prng.below(2), digestHigh: prng.below(2) };
  }

  for (let i = 0; i < 300; i++) {
    nowMs += prng.chance(0.9)
      ? prng.below(2_000)
      : prng.pick([60_000, RETRYABLE_MS, KEPT_MS - 1, KEPT_MS, KEPT_MS + 1]);
    if (prng.chance(0.2)) {
      table.sweep(nowMs);
      for (const run of runs.filter(({ lastSeenMs }) => nowMs - lastSeenMs > KEPT_MS)) forget(run);
    }
    const [id, session] = [prng.pick(['a', 'b', 'c', '1:a']), BigInt(1 + prng.below(3))];
    const run = touch(id, session);
    const found = table.touch(id, session, nowMs);
    same(
      'a session is that of its producer',
      [found.id, `${found.session}`, found.lastSeenMs, found.notBeforeMs, found.observations],
      [id, `${session}`, nowMs, run.notBeforeMs, 0],
    );
    for (let batches = prng.below(4); batches > 0; batches--) {
      const stamp = drawStamp(run);
      const wanted = verdictOf(run, stamp, `${stamp.digestLow}/${stamp.digestHigh}`);
      same('a batch counts once', judgeBatch(found, stamp), wanted);
      same(
        'a session knows how far it is',
        [found.highest, found.countedUntilMs],
        [Math.max(-1, ...run.counted.keys()), run.countedUntilMs],
      );
    }
    same(
      'who was silent for longest comes first, and is forgotten first',
      [table.size, [...table].map((each) => `${each.id}/${each.session}`), table.forgottenMs],
      [runs.length, runs.map(({ key }) => key), forgottenMs],
    );
    if (prng.chance(0.05)) table = restored(table);
  }
  table.clear();
  same('cleared', [table.size, table.forgottenMs], [0, NEVER]);
  const none = newSession('p', 1n);
  same('nothing is known of a new session', [none.highest, none.lastSeenMs, none.observations], [-1, 0, 0]);
  same('segments hold a bit and two digests of each sequence', [none.seen.length, none.digests.length], [2, 128]);
  same('a partition keeps so many sessions', MAX_SESSIONS, 16_384);

  /** As it is read from a segment. */
  function restored(before: SessionTable): SessionTable {
    const after = new SessionTable(places);
    after.forgottenMs = before.forgottenMs;
    for (const session of before) after.restore(session);
    return after;
  }
}
