import { createPrng } from '@isotherm/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RecordOutcome } from '../log.ts';
import { AppendGroup, partsOf } from './append-group.ts';
import { type BatchFailure, type LaneBatch, PartitionLane } from './partition-lane.ts';

const AGAIN = { kind: 'again', perhapsKept: false, reason: 'not leader' } satisfies BatchFailure;
const NO_ANSWER = { kind: 'again', perhapsKept: true, reason: 'no answer' } satisfies BatchFailure;
const OUT_OF_TURN = { kind: 'outOfTurn', perhapsKept: false, reason: 'out of turn' } satisfies BatchFailure;
const REMEMBERED_BATCHES = 5;

interface StoredBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly baseOffset: number;
  readonly values: readonly Uint8Array[];
}

/** A partition as its leader treats idempotent batches of one producer: Kafka's ProducerStateManager, and failover. */
class ModelPartition {
  readonly batches: StoredBatch[] = [];
  /** Batches that every leader to come has. */
  #committed = 0;

  get end(): number {
    const last = this.batches.at(-1);
    return last === undefined ? 0 : last.baseOffset + last.values.length;
  }

  /** @returns the base offset, or how the batch is refused */
  append({ epoch, sequence, values }: Pick<StoredBatch, 'epoch' | 'sequence' | 'values'>): number | BatchFailure {
    const last = this.batches.at(-1);
    const known = this.batches.slice(-REMEMBERED_BATCHES).find((b) => b.epoch === epoch && b.sequence === sequence);
    if (known !== undefined) return known.baseOffset;
    if (last !== undefined) {
      if (epoch < last.epoch) return OUT_OF_TURN;
      if (epoch > last.epoch && sequence !== 0) return OUT_OF_TURN;
      if (epoch === last.epoch && sequence !== last.sequence + last.values.length) return OUT_OF_TURN;
    }
    const baseOffset = this.end;
    this.batches.push({ epoch, sequence, values, baseOffset });
    return baseOffset;
  }

  /** Followers have all of it. */
  commit(): void {
    this.#committed = this.batches.length;
  }

  /** Another replica leads: what was not committed may be gone. */
  failOver(lose: (uncommitted: number) => number): void {
    this.batches.length -= lose(this.batches.length - this.#committed);
    this.commit();
  }
}

it('keeps each record at most once and where it says, whatever answers are lost, leaders change or old requests arrive late', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { below } = createPrng(seed);
      const lane = new PartitionLane(0, { depth: 3, maxBatchBytes: 1 << 20 });
      const partition = new ModelPartition();
      const outcomes: { readonly id: number; outcome: RecordOutcome | undefined }[] = [];
      const underWay: LaneBatch[] = [];
      /** Requests that a hung broker still holds, though the client has given up on their answers. */
      const held: LaneBatch[] = [];
      let nowMs = 0;

      const add = () => {
        const records = outcomes.length;
        const values = Array.from({ length: 1 + below(3) }, (_, i) => ({ partition: 0, bytes: idBytes(records + i) }));
        const group = new AppendGroup(values.length, 0);
        for (const i of values.keys()) outcomes.push({ id: records + i, outcome: undefined });
        group.settle = (index, outcome) => {
          outcomes[records + index]!.outcome = outcome;
        };
        for (const part of partsOf(values, { group, deadlineMs: nowMs + 50 }).values()) lane.add(part);
      };
      const send = () => {
        const batch = lane.take(nowMs);
        if (batch !== undefined) underWay.push(batch);
      };
      /** The oldest request under way: a connection keeps their order. */
      const answer = (fate: number) => {
        const batch = underWay.shift();
        if (batch === undefined) return;
        if (fate === 0) return lane.failed(batch, AGAIN);
        if (fate === 1) {
          held.push({ ...batch });
          return lane.failed(batch, NO_ANSWER);
        }
        const appended = partition.append(batch);
        if (typeof appended !== 'number') return lane.failed(batch, appended);
        if (fate === 2) return lane.failed(batch, NO_ANSWER);
        partition.commit();
        lane.kept(batch, appended, 1);
      };
      const steps = [
        add,
        add,
        send,
        send,
        () => answer(9),
        () => answer(below(4)),
        () => answer(below(4)),
        () => {
          const late = held.splice(below(Math.max(1, held.length)), 1)[0];
          if (late !== undefined) partition.append(late);
        },
        () => {
          partition.failOver((uncommitted) => below(uncommitted + 1));
          // Requests to the former leader are lost with it.
          held.length = 0;
        },
        () => {
          nowMs += below(30);
        },
      ];
      for (let step = 0; step < 200; step++) steps[below(steps.length)]!();
      for (let round = 0; round < 200 && outcomes.some(({ outcome }) => outcome === undefined); round++) {
        send();
        answer(9);
        nowMs += 1;
      }
      for (const late of held) partition.append(late);

      const places = new Map<number, number[]>();
      for (const { baseOffset, values } of partition.batches) {
        for (const [i, value] of values.entries()) {
          const id = new DataView(value.buffer).getUint32(0);
          places.set(id, [...(places.get(id) ?? []), baseOffset + i]);
        }
      }
      const faults: string[] = [];
      let lastKept = -1;
      for (const { id, outcome } of outcomes) {
        const found = places.get(id) ?? [];
        if (outcome === undefined) faults.push(`nothing is said of ${id}`);
        if (found.length > 1) faults.push(`${id} is there at ${found}`);
        if (outcome?.kind === 'notKept' && found.length > 0) faults.push(`${id} is there at ${found}, though not kept`);
        if (outcome?.kind !== 'kept') continue;
        if (found[0] !== outcome.offset) faults.push(`${id} is there at ${found}, not at ${outcome.offset}`);
        if (outcome.offset <= lastKept) faults.push(`${id} lies before an earlier one`);
        lastKept = outcome.offset;
      }
      expect(faults).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

it('sends a second batch only when the broker knows the first of its epoch', () => {
  const lane = new PartitionLane(0, { depth: 3, maxBatchBytes: 1 << 20 });
  const add = () => {
    const values = [{ partition: 0, bytes: idBytes(0) }];
    for (const part of partsOf(values, { group: new AppendGroup(1, 4), deadlineMs: 1000 }).values()) lane.add(part);
  };
  add();
  const first = lane.take(0);
  add();
  expect(lane.take(0)).toBeUndefined();
  lane.kept(first!, 0, 0);
  expect(lane.take(0)).toMatchObject({ sequence: 1 });
  add();
  expect(lane.take(0)).toMatchObject({ sequence: 2 });
});

function idBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id);
  return bytes;
}
