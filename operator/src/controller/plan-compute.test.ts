import { describe, expect, test } from 'vitest';
import type { UpdateStatus } from '../api/index.ts';
import { type ComputeView, type PodView, planCompute, type SetView } from './plan-compute.ts';

const NOW = Date.UTC(2026, 0, 1);

/** A world that carries out plans: pods follow the StatefulSet at once, as the real controller has them do in time. */
function world(options: { shards: number; template?: string; crash?: string; unready?: string }) {
  let nowMs = NOW;
  let set: SetView | undefined;
  let pods: PodView[] = [];
  let update: UpdateStatus | undefined;
  let released: string | undefined;
  const holding = new Map<number, number>();
  const writes: string[] = [];
  const wanted = { shards: options.shards, template: options.template ?? 'one' };

  function make(ordinal: number, template: string): PodView {
    const crashing = template === options.crash;
    const ready = !crashing && template !== options.unready;
    const trouble = ready ? '' : 'ended with 1';
    return { ordinal, template, ready, readySinceMs: nowMs, crashing, leaving: false, trouble };
  }

  function follow(): void {
    if (set === undefined) return;
    const { replicas, partition, template } = set;
    const before = new Map(pods.map((pod) => [pod.ordinal, pod]));
    pods = Array.from({ length: replicas }, (_, ordinal) => {
      const pod = before.get(ordinal);
      if (pod === undefined || (ordinal >= partition && pod.template !== template)) return make(ordinal, template);
      return pod;
    });
  }

  return {
    wanted,
    writes,
    holding,
    get set() {
      return set;
    },
    get pods() {
      return pods;
    },
    get update() {
      return update;
    },
    advance(ms: number) {
      nowMs += ms;
    },
    step() {
      const view: ComputeView = {
        set,
        pods,
        update,
        nowMs,
        holds: (ordinal) => holding.get(ordinal) ?? 0,
        wanted: {
          ...wanted,
          released,
          version: wanted.template,
          releasedVersion: released ?? '',
          canaryMs: 120_000,
          deadlineMs: 600_000,
        },
      };
      const plan = planCompute(view);
      update = plan.update;
      if (plan.step.kind === 'write') {
        const next = plan.step.set;
        const changed = (['replicas', 'partition', 'template'] as const).filter(
          (field) => set?.[field] !== next[field],
        );
        writes.push(`${changed.join('+')} → ${next.template} ${next.partition}/${next.replicas}`);
        set = next;
        follow();
      }
      if (plan.settled && plan.step.kind === 'none') released = wanted.template;
      return plan;
    },
  };
}

type World = ReturnType<typeof world>;

function settle(one: World, steps = 20): void {
  for (let i = 0; i < steps; i++) one.step();
}

describe('update', () => {
  test('one ordinal after the other, highest first, each drained before; the first is watched', () => {
    const one = world({ shards: 3 });
    settle(one);
    one.writes.length = 0;
    one.wanted.template = 'two';
    one.holding.set(2, 5);
    expect(one.step().step).toMatchObject({ kind: 'write', set: { partition: 3, template: 'two' } });
    expect(one.step()).toMatchObject({
      step: { kind: 'none' },
      draining: [2],
      awaits: 'shard 2 to hand over 5 partitions',
    });
    one.holding.delete(2);
    settle(one);
    expect(one.pods.map(({ template }) => template)).toEqual(['one', 'one', 'two']);
    expect(one.update).toMatchObject({ phase: 'Canary', fromVersion: 'one', toVersion: 'two' });
    one.advance(120_000);
    settle(one);
    expect(one.writes).toEqual([
      'partition+template → two 3/3',
      'partition → two 2/3',
      'partition → two 1/3',
      'partition → two 0/3',
    ]);
    expect(one.pods.every(({ template }) => template === 'two')).toBe(true);
    expect(one.update).toBeUndefined();
  });

  test.each([
    [
      'crashes',
      { crash: 'two' },
      0,
      'Shard 2 crashes with two: ended with 1. Rolled back; change the spec to try again.',
    ],
    ['is never ready', { unready: 'two' }, 600_000, 'Shard 2 was not ready with two within 600 s'],
  ] as const)(
    'a version that %s stops at the first shard and is rolled back, and not tried again',
    (_, fault, waitMs, says) => {
      const one = world({ shards: 3, ...fault });
      settle(one);
      one.writes.length = 0;
      one.wanted.template = 'two';
      settle(one);
      one.advance(waitMs);
      settle(one);
      expect(one.writes).toEqual([
        'partition+template → two 3/3',
        'partition → two 2/3',
        'template → one 2/3',
        'partition → one 0/3',
      ]);
      expect(one.pods.every(({ template, ready }) => template === 'one' && ready)).toBe(true);
      expect(one.update?.phase).toBe('RolledBack');
      expect(one.update?.message).toContain(says);
      one.wanted.template = 'three';
      settle(one);
      one.advance(120_000);
      settle(one);
      expect(one.pods.every(({ template }) => template === 'three')).toBe(true);
    },
  );

  test('a single shard is replaced without a hand-over: there is nobody to hand over to', () => {
    const one = world({ shards: 1 });
    settle(one);
    one.holding.set(0, 64);
    one.wanted.template = 'two';
    settle(one);
    expect(one.pods.map(({ template }) => template)).toEqual(['two']);
  });

  test('a first version that crashes has nothing to go back to, and the status says so', () => {
    const one = world({ shards: 2, crash: 'one' });
    settle(one);
    expect(one.set).toEqual({ replicas: 2, partition: 0, template: 'one' });
  });
});

describe('scaling', () => {
  test('shards are added at once, and removed only when they have handed everything over', () => {
    const one = world({ shards: 2 });
    settle(one);
    one.writes.length = 0;
    one.wanted.shards = 4;
    settle(one);
    expect(one.writes).toEqual(['replicas → one 0/4']);
    one.holding.set(3, 7);
    one.wanted.shards = 2;
    expect(one.step()).toMatchObject({ step: { kind: 'none' }, draining: [2, 3] });
    one.holding.clear();
    settle(one);
    expect(one.writes).toEqual(['replicas → one 0/4', 'replicas → one 0/2']);
  });

  test('no write changes the number of shards together with anything else', () => {
    const one = world({ shards: 3 });
    settle(one);
    one.wanted.template = 'two';
    one.wanted.shards = 5;
    settle(one);
    one.advance(120_000);
    settle(one);
    expect(one.set).toEqual({ replicas: 5, partition: 0, template: 'two' });
    expect(one.writes.slice(1).filter((write) => write.includes('replicas+') || write.includes('+replicas'))).toEqual(
      [],
    );
  });
});
