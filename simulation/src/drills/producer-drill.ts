import { createPartitionState, type PartitionState, restorePartitionState } from '@isotherm/domain';
import { createRecordReader, encodeObservations, encodeTick } from '@isotherm/records';
import {
  type ReferenceRecord,
  type ReferenceResult,
  type ReferenceSlice,
  referenceModel,
  TEST_SETTINGS,
} from '@isotherm/testkit';
import type { Drill } from './drill.ts';

const SETTINGS = { ...TEST_SETTINGS, maxCitiesPerPartition: 1_000 };
/** Around the times and places where a batch's fate changes. */
const AGES_MS = [0, 5, 900, 60_000, 3_599_999, 3_600_000, 3_600_001, 4_000_000];
const STEPS_MS = [0, 1, 20, 1_000, 30_000, 59_999, 60_000, 3_600_000, 4_199_999, 4_200_000, 4_200_001];
/** Log time without a word after which a producer's session is forgotten, at the next minute. */
const FORGOTTEN_MS = 4_200_000;
const LEAPS = [1, 1, 1, 1, 2, 31, 32, 33, 63, 64, 65, 200];
const BACK = [0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 90];

interface Producer {
  readonly id: string;
  readonly session: bigint;
  highest: number;
}

/** Producers that do everything with their sequences that a faulty client, or a thousand retries, could do. */
export async function drillProducers(drill: Drill): Promise<void> {
  const { prng, same, violations } = drill;
  const producers: Producer[] = Array.from({ length: 1 + prng.below(4) }, (_, i) => ({
    id: prng.pick(['p', 'q', `r${i}`]),
    session: BigInt(1 + prng.below(2)),
    highest: prng.below(3),
  }));
  const patience = prng.float();
  const records: (ReferenceRecord | 'damaged')[] = [];
  const created: number[] = [];
  let state: PartitionState = createPartitionState({ partition: 3, settings: SETTINGS });
  let segments: Uint8Array[] = [];
  const reader = createRecordReader();
  const seen = new Map<string, string>();
  let forgotten = 0;
  let stampMs = Date.UTC(2026, 5, 1);

  function drawSlice(): ReferenceSlice {
    const rows = Array.from({ length: 1 + prng.below(3) }, () => ({
      cityId: prng.pick(['1', '2', 'x']),
      observedMs: stampMs - prng.below(1_000),
      temperature: prng.below(4),
    }));
    if (prng.chance(0.1)) return { rows };
    const producer = prng.pick(producers);
    const back = prng.chance(0.5);
    const sequence = back ? Math.max(0, producer.highest - prng.pick(BACK)) : producer.highest + prng.pick(LEAPS);
    producer.highest = Math.max(producer.highest, sequence);
    const age = prng.chance(patience) ? prng.below(900) : prng.pick(AGES_MS);
    const known = created.at(-1 - prng.below(20));
    const createdAtMs = known !== undefined && prng.chance(0.2) ? known + prng.below(3) - 1 : stampMs - age;
    created.push(createdAtMs);
    const key = `${producer.id}/${producer.session}/${sequence}`;
    const before = back ? seen.get(key) : undefined;
    const again = before !== undefined && prng.chance(0.7) ? (JSON.parse(before) as typeof rows) : rows;
    seen.set(key, JSON.stringify(again));
    return { producer: { id: producer.id, session: producer.session, sequence, createdAtMs }, rows: again };
  }

  function applyOne(offset: number): void {
    stampMs += prng.chance(0.8) ? prng.below(40) : prng.pick(STEPS_MS);
    if (prng.chance(0.03)) {
      records.push('damaged');
      state.skip(offset, `damaged ${offset}`);
      return;
    }
    if (prng.chance(0.05)) {
      records.push({ kind: 'tick', stampMs });
      state.apply(offset, reader.decode(encodeTick({ stampMs })));
      return;
    }
    const many = prng.chance(0.01) ? 60 + prng.below(80) : prng.below(4);
    const slices = Array.from({ length: 1 + many }, drawSlice);
    records.push({ kind: 'observations', stampMs, slices });
    const rejected = [{ batchRow: 0, reason: 3, message: 'no', observation: Uint8Array.of(1) }];
    const bytes = encodeObservations({
      stampMs,
      slices: slices.map(({ producer, rows }) => (producer === undefined ? { rows, rejected } : { producer, rows })),
    });
    while (!state.apply(offset, reader.decode(bytes))) state.takeRows(1_000, { includeOpen: true })?.stored();
  }

  const length = 40 + prng.below(160);
  for (let offset = 0; offset < length; offset++) {
    applyOne(offset);
    if (prng.chance(0.04)) {
      const kind = segments.length === 0 || prng.chance(0.2) ? 'full' : 'delta';
      segments = kind === 'full' ? [state.takeSegment('full')] : [...segments, state.takeSegment('delta')];
      if (prng.chance(0.6)) state = restorePartitionState({ partition: 3, settings: SETTINGS, segments }).state;
    }
    if (prng.chance(0.03)) {
      const all = JSON.stringify(state.exceptions(offset + 1));
      forgotten = Math.max(forgotten, prng.below(offset + 2));
      const left = (JSON.parse(all) as { offset: number }[]).filter((each) => each.offset >= forgotten);
      const earlier = Math.floor((forgotten + offset) / 2);
      state.forgetExceptions(forgotten);
      same('exceptions are kept until they are stored', state.exceptions(offset + 1), left);
      same(
        'exceptions are told up to an offset',
        state.exceptions(earlier),
        left.filter((each) => each.offset < earlier),
      );
    }
  }
  const reference = referenceModel(
    records.map((record) => (record === 'damaged' ? { kind: 'tick', stampMs: 0 } : record)),
  );
  const counts = state.counters;
  same('counted once', counts.applied, reference.counters.applied);
  same(
    'what does not count is a duplicate or a dead letter',
    [counts.duplicate, counts.dead],
    [reference.counters.duplicate, reference.counters.dead],
  );
  same(
    'producers are told as far as they counted',
    state
      .producers()
      .map(({ id, session, sequence, lastSeenMs, observations }) => [
        `${session}/${id}`,
        sequence,
        lastSeenMs,
        observations,
      ])
      .sort(),
    producersOf(records, reference),
  );
  const wanted = records.flatMap((record, offset) => {
    if (offset < forgotten) return [];
    if (record === 'damaged') return [`${offset}/-1/-1 poison damaged ${offset}`];
    if (record.kind !== 'observations') return [];
    const rejects = record.slices.some(({ producer }) => producer === undefined) ? [`${offset}/-1/-1 rejected `] : [];
    const verdicts = reference.slices[offset]!.flatMap((verdict, slice) =>
      verdict === 'fresh' ? [] : [`${offset}/${slice}/-1 ${verdict} `],
    );
    const lateOnes = reference.late
      .filter((late) => late.record === offset)
      .map(({ slice, row }) => {
        const before = record.slices.slice(0, slice).reduce((sum, { rows }) => sum + rows.length, 0);
        return `${offset}/${slice}/${before + row} late `;
      });
    return [...rejects, ...verdicts, ...lateOnes].sort();
  });
  const told = state
    .exceptions(length)
    .map(({ offset, slice, row, kind, message }) => `${offset}/${slice}/${row} ${kind} ${message}`);
  const inOrder = told.map((line) => Number(line.split('/')[0]));
  violations.expect(
    inOrder.every((at, i) => i === 0 || inOrder[i - 1]! <= at),
    'exceptions come in order',
    () => `${inOrder}`,
  );
  const sorted = (lines: readonly string[]) => [...lines].sort();
  same('every slice has the verdict of the model', sorted(told), sorted(wanted));
}

/** What is known of producers, remembered plainly: key, highest sequence that counted, when it was last heard of, observations. */
function producersOf(
  records: readonly (ReferenceRecord | 'damaged')[],
  { slices, late }: ReferenceResult,
): readonly unknown[] {
  const known = new Map<string, { sequence: number; lastSeenMs: number; observations: number }>();
  let nowMs = 0;
  records.forEach((record, offset) => {
    if (record === 'damaged') return;
    const beforeMs = nowMs;
    nowMs = Math.max(nowMs, record.stampMs);
    if (Math.floor(beforeMs / 60_000) !== Math.floor(nowMs / 60_000)) {
      for (const [key, { lastSeenMs }] of known) if (nowMs - lastSeenMs > FORGOTTEN_MS) known.delete(key);
    }
    if (record.kind !== 'observations') return;
    record.slices.forEach(({ producer, rows }, slice) => {
      if (producer === undefined) return;
      const key = `${producer.session}/${producer.id}`;
      const run = known.get(key) ?? { sequence: -1, lastSeenMs: 0, observations: 0 };
      known.set(key, run);
      run.lastSeenMs = nowMs;
      if (slices[offset]![slice] !== 'fresh') return;
      run.sequence = Math.max(run.sequence, producer.sequence);
      run.observations += rows.length - late.filter((row) => row.record === offset && row.slice === slice).length;
    });
  });
  return [...known].map(([key, run]) => [key, run.sequence, run.lastSeenMs, run.observations]).sort();
}
