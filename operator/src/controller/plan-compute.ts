import type { UpdateStatus } from '../api/index.ts';

/** A shard's pod as the controller sees it. */
export interface PodView {
  readonly ordinal: number;
  /** Digest of the template that it was made from. */
  readonly template: string;
  readonly ready: boolean;
  /** When it became ready, ms since the epoch. */
  readonly readySinceMs: number;
  /** It ends and is started again and again. */
  readonly crashing: boolean;
  readonly leaving: boolean;
  /** Why it is not ready, in words; empty where it is. */
  readonly trouble: string;
}

/** The StatefulSet as it is. */
export interface SetView {
  readonly replicas: number;
  readonly partition: number;
  /** Digest of its template. */
  readonly template: string;
}

/** What decides the next step of the shards. */
export interface ComputeView {
  readonly set: SetView | undefined;
  readonly pods: readonly PodView[];
  /** Partitions of a shard by the table, or that it still holds. */
  readonly holds: (ordinal: number) => number;
  readonly update: UpdateStatus | undefined;
  readonly nowMs: number;
  readonly wanted: {
    readonly shards: number;
    /** Template of the spec, and of the last release of which every pod ran well. */
    readonly template: string;
    readonly released: string | undefined;
    /** Names of the versions, for people. */
    readonly version: string;
    readonly releasedVersion: string;
    readonly canaryMs: number;
    readonly deadlineMs: number;
  };
}

/** One change of the StatefulSet, or none. Never two at once: template and number together take all shards away. */
export type ComputeStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'write'; readonly set: SetView; readonly why: string }
  | { readonly kind: 'deletePod'; readonly ordinal: number; readonly why: string };

/** What follows. */
export interface ComputePlan {
  readonly step: ComputeStep;
  /** Shards that are to give their partitions away. */
  readonly draining: readonly number[];
  readonly update: UpdateStatus | undefined;
  /** The template of the spec runs everywhere. */
  readonly settled: boolean;
  /** What is awaited; empty: nothing. */
  readonly awaits: string;
}

const NONE: ComputeStep = { kind: 'none' };

/** Plans one step of the StatefulSet: create, update one drained ordinal at a time, roll back, scale. Pure. */
export function planCompute(view: ComputeView): ComputePlan {
  const { set, wanted, update } = view;
  if (set === undefined) {
    const created = { replicas: wanted.shards, partition: 0, template: wanted.template };
    return { step: write(created, 'created'), draining: [], update: undefined, settled: false, awaits: 'the shards' };
  }
  const failed = update?.failedTemplate === wanted.template;
  const template = failed && wanted.released !== undefined ? wanted.released : wanted.template;
  if (set.template !== template) return changeTemplate(view, set, template);
  const old = view.pods.filter((pod) => pod.template !== template && pod.ordinal < set.replicas);
  if (old.length > 0) return roll(view, set, old);
  return settle(view, set, template);
}

/** Puts a template in place without moving a pod; a rollback leaves the partition where the failed update had it. */
function changeTemplate(view: ComputeView, set: SetView, template: string): ComputePlan {
  const { wanted, nowMs, update } = view;
  const back = template !== wanted.template;
  const step = back
    ? write({ ...set, template }, `rolling back to ${wanted.releasedVersion}`)
    : write({ ...set, template, partition: set.replicas }, `updating to ${wanted.version}`);
  const next: UpdateStatus | undefined = back
    ? update
    : {
        ...versions(view),
        phase: 'Canary',
        ordinal: set.replicas - 1,
        since: iso(nowMs),
        message: 'The update begins.',
      };
  return { step, draining: [], update: next, settled: false, awaits: 'the new template' };
}

/** Some pods run another template than the one in place. */
function roll(view: ComputeView, set: SetView, old: readonly PodView[]): ComputePlan {
  const { wanted, update, nowMs, holds } = view;
  const forward = set.template === wanted.template;
  const ordinal = Math.max(...old.map((pod) => pod.ordinal));
  const fresh = view.pods.filter((pod) => pod.template === set.template);
  const failure = forward ? failureOf(view, fresh) : undefined;
  if (failure !== undefined) return fail(view, failure);
  if (ordinal >= set.partition) {
    // The controller of StatefulSets replaces it; a crashing pod that it leaves alone is taken away.
    const stuck = old.find((pod) => pod.ordinal === ordinal && pod.crashing && !pod.leaving);
    const step: ComputeStep =
      stuck === undefined || forward ? NONE : { kind: 'deletePod', ordinal, why: 'it crashes and is rolled back' };
    return waiting(view, ordinal, `shard ${ordinal} to be replaced`, step, []);
  }
  const notReady = fresh.find((pod) => !pod.ready);
  if (notReady !== undefined)
    return waiting(view, notReady.ordinal, `shard ${notReady.ordinal} to be ready: ${notReady.trouble}`);
  const canaryEndsMs = fresh.length === 1 && forward ? fresh[0]!.readySinceMs + wanted.canaryMs : 0;
  if (nowMs < canaryEndsMs) {
    return waiting(view, fresh[0]!.ordinal, `the first updated shard to run well until ${iso(canaryEndsMs)}`);
  }
  const draining = set.replicas > 1 ? [ordinal] : [];
  const left = set.replicas > 1 ? holds(ordinal) : 0;
  if (left > 0) return waiting(view, ordinal, `shard ${ordinal} to hand over ${left} partitions`, NONE, draining);
  const step = write({ ...set, partition: ordinal }, `shard ${ordinal} is replaced`);
  // A new step: its deadline begins now.
  const next = update === undefined ? update : { ...update, since: iso(nowMs) };
  return waiting({ ...view, update: next }, ordinal, `shard ${ordinal} to be replaced`, step, draining);
}

/** Every pod runs the template in place. */
function settle(view: ComputeView, set: SetView, template: string): ComputePlan {
  const { pods, wanted, update } = view;
  const forward = template === wanted.template;
  const updating = wanted.released !== undefined && wanted.released !== wanted.template;
  const failure = forward && updating ? failureOf(view, pods) : undefined;
  if (failure !== undefined) return fail(view, failure);
  const notReady = pods.find((pod) => !pod.ready) ?? (pods.length < set.replicas ? undefined : null);
  if (notReady !== null && (updating || update?.phase === 'RollingBack')) {
    const what =
      notReady === undefined ? 'a shard to be made' : `shard ${notReady.ordinal} to be ready: ${notReady.trouble}`;
    return waiting(view, notReady?.ordinal ?? pods.length, what);
  }
  const next = forward ? undefined : rolledBack(view);
  if (set.partition !== 0) {
    const step = write({ ...set, partition: 0 }, 'every shard runs the same template');
    return { step, draining: [], update: next, settled: forward, awaits: '' };
  }
  return scale(view, set, { update: next, settled: forward });
}

function scale(view: ComputeView, set: SetView, rest: Pick<ComputePlan, 'update' | 'settled'>): ComputePlan {
  const { shards } = view.wanted;
  if (shards > set.replicas) {
    const step = write({ ...set, replicas: shards }, `from ${set.replicas} to ${shards} shards`);
    return { ...rest, step, draining: [], awaits: `${shards - set.replicas} new shards` };
  }
  if (shards === set.replicas) return { ...rest, step: NONE, draining: [], awaits: '' };
  const draining = Array.from({ length: set.replicas - shards }, (_, index) => shards + index);
  const left = draining.reduce((sum, ordinal) => sum + view.holds(ordinal), 0);
  if (left > 0) {
    return { ...rest, step: NONE, draining, awaits: `${draining.length} shards to hand over ${left} partitions` };
  }
  return {
    ...rest,
    step: write({ ...set, replicas: shards }, `from ${set.replicas} to ${shards} shards`),
    draining,
    awaits: '',
  };
}

/** Why an update cannot go on; undefined: it can. */
function failureOf(view: ComputeView, fresh: readonly PodView[]): string | undefined {
  const { update, wanted, nowMs } = view;
  const crashing = fresh.find((pod) => pod.crashing);
  if (crashing !== undefined) return `Shard ${crashing.ordinal} crashes with ${wanted.version}: ${crashing.trouble}`;
  const late = fresh.find((pod) => !pod.ready);
  if (update === undefined || late === undefined || nowMs - Date.parse(update.since) < wanted.deadlineMs)
    return undefined;
  return `Shard ${late.ordinal} was not ready with ${wanted.version} within ${wanted.deadlineMs / 1000} s: ${late.trouble}`;
}

function fail(view: ComputeView, failure: string): ComputePlan {
  const { wanted, nowMs } = view;
  const canGoBack = wanted.released !== undefined && wanted.released !== wanted.template;
  const message = canGoBack ? `${failure}. Rolling back.` : `${failure}. There is no earlier release to go back to.`;
  const update: UpdateStatus = {
    ...versions(view),
    phase: 'RollingBack',
    since: iso(nowMs),
    failedTemplate: wanted.template,
    message: message.slice(0, 512),
  };
  return { step: NONE, draining: [], update, settled: false, awaits: 'the rollback' };
}

function waiting(
  view: ComputeView,
  ordinal: number,
  awaits: string,
  step: ComputeStep = NONE,
  draining: readonly number[] = [],
): ComputePlan {
  const { update, wanted, nowMs, pods, set } = view;
  const moving: UpdateStatus = update ?? { ...versions(view), phase: 'Canary', since: iso(nowMs), message: '' };
  const updated = pods.filter((pod) => pod.template === set?.template).length;
  const forward = set?.template === wanted.template;
  const phase = forward ? (updated > 1 ? 'Rolling' : 'Canary') : 'RollingBack';
  const message = forward ? `Awaits ${awaits}.` : moving.message;
  return {
    step,
    draining,
    update: { ...moving, phase, ordinal, message: message.slice(0, 512) },
    settled: false,
    awaits,
  };
}

function rolledBack({ update, nowMs }: ComputeView): UpdateStatus | undefined {
  if (update === undefined || update.phase === 'RolledBack') return update;
  const { ordinal: _, ...rest } = update;
  return {
    ...rest,
    phase: 'RolledBack',
    since: iso(nowMs),
    message: update.message.replace(/ Rolling back\.$/, ' Rolled back; change the spec to try again.'),
  };
}

function versions({ wanted }: ComputeView): Pick<UpdateStatus, 'fromVersion' | 'toVersion'> {
  return { fromVersion: wanted.releasedVersion, toVersion: wanted.version };
}

function write(set: SetView, why: string): ComputeStep {
  return { kind: 'write', set, why };
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
