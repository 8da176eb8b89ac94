import { ordinalOf, templateDigest } from '../resources/index.ts';
import type { KubeObject } from '../runtime/index.ts';
import type { PodView } from './plan-compute.ts';

interface ContainerStatus {
  readonly restartCount?: number;
  readonly ready?: boolean;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: {
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Ends before this many restarts may be chance, such as a server that was away. */
const CRASHING_RESTARTS = 2;

/** A shard's pod for the plan. */
export function podView(pod: KubeObject): PodView {
  const status = statusOf(pod);
  const ready = condition(status, 'Ready');
  const [container] = status.containerStatuses ?? [];
  const isReady = ready?.status === 'True' && pod.metadata.deletionTimestamp === undefined;
  return {
    ordinal: ordinalOf(pod.metadata.name),
    template: templateDigest(pod),
    ready: isReady,
    readySinceMs: Date.parse(ready?.lastTransitionTime ?? '') || 0,
    crashing: container?.ready === false && (container.restartCount ?? 0) >= CRASHING_RESTARTS,
    leaving: pod.metadata.deletionTimestamp !== undefined,
    trouble: isReady ? '' : troubleOf(status),
  };
}

/** Address of a pod; undefined while it has none, or has ended. */
export function podAddress(pod: KubeObject): string | undefined {
  const { podIP, phase } = statusOf(pod);
  return phase === 'Running' ? podIP : undefined;
}

/** Whether the pod is ready for work. */
export function isPodReady(pod: KubeObject): boolean {
  return condition(statusOf(pod), 'Ready')?.status === 'True';
}

function troubleOf(status: PodStatus): string {
  const [container] = status.containerStatuses ?? [];
  const waiting = container?.state?.waiting;
  const ended = container?.lastState?.terminated;
  const parts = [
    waiting?.reason === undefined ? '' : [waiting.reason, waiting.message].filter(Boolean).join(': '),
    ended === undefined
      ? ''
      : `last ended with ${ended.exitCode ?? ended.reason}${ended.message ? ` (${ended.message.trim()})` : ''}`,
  ].filter((part) => part !== '');
  if (parts.length > 0) return parts.join('; ').slice(0, 300);
  const scheduled = condition(status, 'PodScheduled');
  if (scheduled?.status === 'False')
    return `not scheduled: ${scheduled.message ?? scheduled.reason ?? ''}`.slice(0, 300);
  return `it is ${status.phase ?? 'Pending'} and not ready`;
}

function condition(status: PodStatus, type: string) {
  return status.conditions?.find((one) => one.type === type);
}

function statusOf(pod: KubeObject): PodStatus {
  return (pod['status'] ?? {}) as PodStatus;
}
