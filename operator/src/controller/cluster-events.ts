import type { UpdateStatus } from '../api/index.ts';
import type { PlacementOutcome, PlacementState } from '../placement/index.ts';
import type { EventRecorder, KubeObject } from '../runtime/index.ts';
import type { ComputePlan } from './plan-compute.ts';

/** A Ready condition, as far as a change of it is an Event. */
interface Readiness {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Events of a ForecastCluster: what changed between two looks, in a sentence each. */
export function createClusterEvents(events: EventRecorder) {
  return {
    /** The StatefulSet or a pod of it was written. @param changed.replicas those before; undefined where there was none */
    shardsChanged(
      object: KubeObject,
      { plan: { step }, replicas }: { readonly plan: ComputePlan; readonly replicas: number | undefined },
    ): void {
      if (step.kind === 'none') return;
      const wanted = step.kind === 'write' ? step.set.replicas : replicas;
      const change = replicas === undefined || wanted === undefined ? 0 : wanted - replicas;
      const reason = change === 0 ? 'ShardsChanged' : change > 0 ? 'ScaledUp' : 'ScaledDown';
      events.record({ regarding: object, type: 'Normal', reason, action: 'Write', note: `Shards: ${step.why}.` });
    },

    /** An update came into another phase, or is over. */
    updateMoved(object: KubeObject, before: UpdateStatus | undefined, update: UpdateStatus | undefined): void {
      if (update?.phase === before?.phase) return;
      if (update === undefined) {
        const note = `Every shard runs ${before?.toVersion ?? 'the new template'}.`;
        events.record({ regarding: object, type: 'Normal', reason: 'Updated', action: 'Update', note });
        return;
      }
      const isBad = update.phase === 'RollingBack' || update.phase === 'RolledBack';
      const note = `${update.fromVersion} → ${update.toVersion}: ${update.message}`;
      const type = isBad ? 'Warning' : 'Normal';
      events.record({ regarding: object, type, reason: update.phase, action: 'Update', note });
    },

    /** Partitions got other targets. */
    placementChanged(
      object: KubeObject,
      { record, retargeted }: PlacementOutcome,
      { view, record: before }: PlacementState,
    ): void {
      const lost = before.shards
        .filter(({ name }, index) => view.gone.has(name) && before.owners.includes(index))
        .map(({ name }) => name);
      const note = `Epoch ${record.epoch}: ${retargeted} partitions move${lost.length === 0 ? '' : `; lost: ${lost.join(', ')}`}.`;
      const [type, reason] =
        lost.length === 0 ? (['Normal', 'PlacementChanged'] as const) : (['Warning', 'ShardsLost'] as const);
      events.record({ regarding: object, type, reason, action: 'Place', note });
    },

    /** The Ready condition says something else. */
    readyChanged(object: KubeObject, before: Readiness | undefined, after: Readiness | undefined): void {
      if (after === undefined || (before?.status === after.status && before.reason === after.reason)) return;
      const type = after.status === 'True' ? 'Normal' : 'Warning';
      events.record({ regarding: object, type, reason: after.reason, action: 'Reconcile', note: after.message });
    },
  };
}
