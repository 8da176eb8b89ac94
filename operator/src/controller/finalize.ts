import type { Runtime } from '@isotherm/runtime';
import { CLUSTER_LABEL } from '../resources/index.ts';
import {
  type EventRecorder,
  errorText,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type KubeRef,
  type ReconcileOutcome,
  refOf,
} from '../runtime/index.ts';

/** Holds an object with deletion policy Delete back until what outlives its owner is removed. */
export const CLEANUP_FINALIZER = 'isotherm.dev/cleanup';

/** Longest time that a deletion is held back: then the finalizer goes, and an Event says what was left. */
const HOLD_MS = 300_000;

/** What the end of a cluster needs. */
export interface FinalizeDeps {
  readonly client: KubeClient;
  readonly runtime: Runtime;
  readonly events: EventRecorder;
}

/** Removes the placement record and the volume of the embedded engine, which have no owner. Everything else is collected by owner. */
export async function finalize(deps: FinalizeDeps, object: KubeObject): Promise<ReconcileOutcome> {
  const { client, runtime, events } = deps;
  const { name, namespace, finalizers = [], deletionTimestamp } = object.metadata;
  if (!finalizers.includes(CLEANUP_FINALIZER)) return { kind: 'done' };
  const left: KubeRef[] = [
    { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-placement` },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `${name}-analytics` },
  ];
  try {
    for (const ref of left) await remove(client, ref, name);
  } catch (error) {
    if (runtime.now() - Date.parse(deletionTimestamp ?? '') < HOLD_MS) return { kind: 'retry', error };
    const note = `Let go after ${HOLD_MS / 60_000} minutes; left behind: ${left.map((ref) => `${ref.kind} ${ref.name}`).join(', ')} (${errorText(error)}).`;
    events.record({ regarding: object, type: 'Warning', reason: 'CleanupGivenUp', action: 'Delete', note });
  }
  const others = finalizers.filter((one) => one !== CLEANUP_FINALIZER);
  await client.merge(refOf(object), { metadata: { finalizers: others } }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  return { kind: 'done' };
}

/** Deletes what belongs to the cluster, and nothing of the same name that does not. */
async function remove(client: KubeClient, ref: KubeRef, cluster: string): Promise<void> {
  try {
    const { metadata } = await client.get(ref);
    if (metadata.labels?.[CLUSTER_LABEL] === cluster) await client.delete(ref, { uid: metadata.uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
