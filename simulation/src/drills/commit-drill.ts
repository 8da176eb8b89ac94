import {
  createCityRegistry,
  createGroupCommitter,
  createSeenBatches,
  resolveIngestLimits,
} from '@isotherm/ingest/internals';
import type { Log } from '@isotherm/log';
import type { Drill } from './drill.ts';

const PENDING_BYTES_A_ROW = 48;
const FEW_ROWS = 512;

interface Waiting {
  readonly number: number;
  readonly bytes: number;
  readonly stagedMs: number;
}

/** Group commit under a disk of any slowness: bounded, in order, and nobody waits longer than the window for room that is there. */
export async function drillGroupCommit(drill: Drill): Promise<void> {
  const { prng, same, violations, scheduler } = drill;
  const process = drill.spawn('ingest');
  const limits = resolveIngestLimits({
    groupRows: prng.pick([3, 20, 1_000]),
    groupWindowMs: prng.pick([2, 4, 30]),
    maxGroupsInFlight: 1 + prng.below(4),
  });
  const log = { partitionCount: 2, append: () => Promise.reject(new Error('no group of this drill has records')) };
  const open: Waiting[] = [];
  const flight: { batches: Waiting[]; readonly startMs: number; readonly fails: boolean }[] = [];
  const settledBatches: number[] = [];
  let count = 0;
  let starts = 0;
  /** Whether a batch of the open group came to an idle log that had few rows last, and whether it was asked for. */
  let [atRest, hurried] = [false, false];
  let lastRows = 0;
  const committer = createGroupCommitter(
    { log: log as unknown as Log, registry: createCityRegistry(2, 10), runtime: process },
    {
      limits,
      nextStamp: () => 77 + count,
      trace(group, append) {
        starts += 1;
        violations.expect(
          atRest ||
            hurried ||
            group.rows >= limits.groupRows ||
            scheduler.nowMs - open[0]!.stagedMs >= limits.groupWindowMs - 1e-6,
          'a group waits for more as long as the window, where the log is busy',
          () => `${group.rows} rows after ${scheduler.nowMs - open[0]!.stagedMs} ms`,
        );
        [atRest, hurried] = [false, false];
        lastRows = group.rows;
        const fails = prng.chance(0.2);
        flight.push({ batches: open.splice(0), startMs: scheduler.nowMs, fails });
        violations.expect(
          flight.length <= limits.maxGroupsInFlight,
          'groups in flight are bounded',
          () => `${flight.length}`,
        );
        const slowMs = prng.pick([0, 1, 10, 100]) * prng.float();
        return process.sleep(slowMs).then(() => (fails ? Promise.reject(new Error('disk')) : append('')));
      },
      onSettled({ staged, commitMs, outcome }) {
        const group = flight.shift()!;
        const said = staged.batches.map(({ identity }) => identity.sequence);
        same(
          'groups settle in their order',
          said,
          group.batches.map(({ number }) => number),
        );
        same('what became of a group is told', outcome.kind, group.fails ? 'failed' : 'durable');
        violations.expect(
          Math.abs(commitMs - (scheduler.nowMs - group.startMs)) < 1e-6,
          'commits take as long as told',
          () => `${commitMs}`,
        );
        settledBatches.push(...said);
      },
    },
  );
  const bytesNow = () =>
    [...open, ...flight.flatMap(({ batches }) => batches)].reduce((sum, { bytes }) => sum + bytes, 0);
  const check = () => {
    same(
      'pending is what is not settled',
      [committer.pendingBytes, committer.groupsInFlight],
      [bytesNow(), flight.length],
    );
  };
  const turn = (ms: number) => drill.settled(process.sleep(ms));
  function stageOne(): void {
    const group = committer.open();
    group.begin({ producerId: '', session: 0n, sequence: count, createdAtMs: 0 } as never, () => undefined);
    group.rows += 1;
    open.push({ number: count, bytes: PENDING_BYTES_A_ROW, stagedMs: scheduler.nowMs });
    count += 1;
    atRest = true;
    committer.staged();
  }
  same('nothing is pending at first', [committer.pendingBytes, committer.groupsInFlight], [0, 0]);
  await drill.settled(committer.settled());
  for (let i = 0; i < 60; i++) {
    const rows = prng.pick([0, 1, 2, 5, FEW_ROWS - prng.below(2), prng.below(700)]);
    const rejectedBytes = prng.below(30);
    const idle = flight.length === 0;
    const fresh = open.length === 0;
    const group = committer.open();
    if (fresh) same('a group is stamped when it begins', group.stampMs, 77 + count);
    same('an open group stays open', committer.open() === group, true);
    group.begin({ producerId: '', session: 0n, sequence: count, createdAtMs: 0 } as never, () => undefined);
    group.rows += rows;
    group.rejectedBytes += rejectedBytes;
    open.push({ number: count, bytes: rows * PENDING_BYTES_A_ROW + rejectedBytes, stagedMs: scheduler.nowMs });
    count += 1;
    const { rows: total } = group;
    const room = flight.length < limits.maxGroupsInFlight;
    const before = starts;
    check();
    const few = lastRows < FEW_ROWS;
    atRest ||= idle && few;
    committer.staged();
    const atOnce = room && total >= limits.groupRows;
    same('a full group does not wait, others do', starts - before, atOnce ? 1 : 0);
    check();
    if (!atOnce && idle && fresh) {
      await turn(0.001);
      same('an idle log takes few at once, many by the window', starts - before, few ? 1 : 0);
    }
    if (prng.chance(0.05)) {
      const could = open.length > 0 && flight.length < limits.maxGroupsInFlight;
      const had = starts;
      hurried = true;
      committer.rotate();
      same('a rotated group is committed', starts - had, could ? 1 : 0);
    }
    const waitMs = prng.pick([0, 0, 0.5, 3, limits.groupWindowMs + 0.1, 60]) * prng.float();
    if (waitMs > 0 || prng.chance(0.3)) await turn(waitMs + 0.001);
    const waitedMs = open[0] === undefined ? 0 : scheduler.nowMs - open[0].stagedMs;
    violations.expect(
      waitedMs <= limits.groupWindowMs + 1 || flight.length === limits.maxGroupsInFlight,
      'nobody waits longer than the window for room that is there',
      () => `${waitedMs} ms`,
    );
    check();
  }
  async function checkSettling(): Promise<void> {
    let over = false;
    const could = open.length > 0 && flight.length < limits.maxGroupsInFlight;
    const [had, busy] = [starts, open.length + flight.length > 0];
    hurried = true;
    const settled = committer.settled().then(() => {
      over = true;
      same(
        'settled is when nothing is pending',
        [bytesNow(), committer.pendingBytes, committer.groupsInFlight],
        [0, 0, 0],
      );
    });
    same('who wants it settled does not wait for the window', starts - had, could ? 1 : 0);
    await Promise.resolve();
    await Promise.resolve();
    same('settling waits for what is pending', over, !busy);
    await drill.settled(settled);
  }
  await checkSettling();
  // A group that nothing was staged into is nothing to wait for.
  committer.open();
  await checkSettling();
  stageOne();
  committer.rotate();
  committer.open();
  await checkSettling();
  same(
    'every batch is settled once, in order',
    settledBatches,
    Array.from({ length: count }, (_, number) => number),
  );
}

/** What was seen of producers lately: the same batch again is told, as long as it is remembered. */
export async function drillSeenBatches({ prng, same }: Drill): Promise<void> {
  const seen = createSeenBatches();
  const known = new Map<string, string>();
  for (let i = 0; i < 300; i++) {
    const producer = prng.pick(['a', 'b']);
    const sequence = 1 + prng.below(prng.pick([5, 64, 130]));
    const digest = 1 + prng.below(2);
    const place = `${producer}/${sequence % 64}`;
    same(
      'a batch seen before is told',
      seen.note({ producer, sequence, digest }),
      known.get(place) === `${sequence}/${digest}`,
    );
    known.set(place, `${sequence}/${digest}`);
  }
  if (prng.chance(0.5)) return;
  const note = (producer: string) => seen.note({ producer, sequence: 9, digest: 9 });
  for (let i = 0; i < 10_000; i++) note(`p${i}`);
  same('so many producers are remembered', note('p0'), true);
  note('one more');
  same('the one unheard of longest is forgotten', [note('p2'), note('p0'), note('p1')], [true, true, false]);
}
