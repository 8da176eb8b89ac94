import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import {
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  refOf,
  startReflector,
} from '../../src/runtime/index.ts';

/** A change of ownership that a shard told. */
export interface ShardEvent {
  readonly shard: string;
  readonly atMs: number;
  readonly event: 'ready' | 'owned' | 'released' | 'placement' | 'ended';
  readonly partition?: number;
  readonly epoch?: number;
}

/** Plays the kubelet of a namespace without a node: pods get an address and are ready; shards are real processes. */
export interface FakeKubelet extends AsyncDisposable {
  /** What shards told, in order. */
  readonly events: readonly ShardEvent[];
  /** Process of a shard that runs. */
  process(shard: string): ChildProcess | undefined;
}

/** A version that ends as soon as it starts. */
export const CRASHING_VERSION = '9.9.9';

const SHARD = join(import.meta.dirname, 'shard-process.ts');
let nextAddress = 1;

/** Starts to look after the pods of a namespace. */
export async function startFakeKubelet(client: KubeClient, namespace: string): Promise<FakeKubelet> {
  const stop = new AbortController();
  const events: ShardEvent[] = [];
  const seen = new Map<string, 'started' | 'leaving'>();
  const shards = new Map<string, ChildProcess>();
  const logger = createLogger({ service: 'fake-kubelet', level: 'silent' });
  const faults: unknown[] = [];

  async function setStatus(pod: KubeObject, state: { ready: boolean; podIP: string; restarts: number }): Promise<void> {
    const { ready, podIP, restarts } = state;
    const at = new Date().toISOString().replace(/\.\d+/, '');
    const truth = ready ? 'True' : 'False';
    const crashing = !ready && restarts > 0;
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type, index) => ({
      type,
      status: index < 2 ? 'True' : truth,
      lastTransitionTime: at,
    }));
    const { containers } = pod['spec'] as {
      readonly containers: readonly { readonly name: string; readonly image: string }[];
    };
    const waiting = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting' } };
    const containerStatuses = containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready,
      restartCount: restarts,
      started: ready,
      state: crashing ? waiting : { running: { startedAt: at } },
      ...(crashing
        ? { lastState: { terminated: { exitCode: 1, startedAt: at, finishedAt: at, reason: 'Error' } } }
        : {}),
    }));
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], startTime: at, conditions, containerStatuses };
    const { name, uid } = pod.metadata;
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid }, status };
    await client.apply(body as unknown as KubeObject, { manager: 'kubelet', subresource: 'status' });
  }

  async function runShard(pod: KubeObject, podIP: string): Promise<void> {
    const { name } = pod.metadata;
    const child = spawn(process.execPath, [SHARD, name, podIP], { stdio: ['ignore', 'pipe', 'inherit'] });
    shards.set(name, child);
    createInterface(child.stdout!).on('line', (line) => {
      const event = JSON.parse(line) as ShardEvent;
      events.push(event);
      if (event.event === 'ready') void settle(setStatus(pod, { ready: true, podIP, restarts: 0 }));
    });
    await once(child, 'exit');
    events.push({ shard: name, atMs: Date.now(), event: 'ended' });
  }

  async function start(pod: KubeObject): Promise<void> {
    const { name, labels } = pod.metadata;
    const { nodeName, containers } = pod['spec'] as {
      readonly nodeName?: string;
      readonly containers: readonly { readonly image: string }[];
    };
    if (nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: 'fake' };
      await client.create({ apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target } as KubeObject);
    }
    const podIP = `127.77.${nextAddress >> 8}.${nextAddress++ & 255}`;
    if (containers[0]!.image.endsWith(CRASHING_VERSION)) return setStatus(pod, { ready: false, podIP, restarts: 3 });
    if (labels?.['app.kubernetes.io/component'] !== 'compute')
      return setStatus(pod, { ready: true, podIP, restarts: 0 });
    await setStatus(pod, { ready: false, podIP, restarts: 0 });
    void settle(runShard(pod, podIP));
  }

  async function leave(pod: KubeObject): Promise<void> {
    const child = shards.get(pod.metadata.name);
    shards.delete(pod.metadata.name);
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await client.delete(refOf(pod), { uid: pod.metadata.uid, gracePeriodSeconds: 0 });
  }

  async function settle(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error) && !stop.signal.aborted) faults.push(error);
    });
  }

  const pods = startReflector(
    { client, runtime: systemRuntime, logger },
    {
      type: { apiVersion: 'v1', kind: 'Pod' },
      namespace,
      signal: stop.signal,
      onChange(key, pod) {
        const uid = pod.metadata.uid!;
        if (pods.get(key)?.metadata.uid !== uid) {
          // Force-deleted: its process goes with it.
          if (seen.get(uid) === 'started') shards.get(pod.metadata.name)?.kill('SIGKILL');
          seen.set(uid, 'leaving');
        } else if (pod.metadata.deletionTimestamp !== undefined) {
          if (seen.get(uid) === 'leaving') return;
          seen.set(uid, 'leaving');
          void settle(leave(pod));
        } else if (!seen.has(uid)) {
          seen.set(uid, 'started');
          void settle(start(pod));
        }
      },
    },
  );
  await pods.synced;
  return {
    events,
    process: (shard) => shards.get(shard),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await pods.ended;
      for (const child of shards.values()) child.kill('SIGKILL');
      if (faults.length > 0) throw new AggregateError(faults, 'The fake kubelet met errors');
    },
  };
}

/** Partitions that two shards owned at the same time, by what they told; a shard that ended owns nothing. */
export function doublyOwned(events: readonly ShardEvent[]): readonly string[] {
  const owner = new Map<number, string>();
  const found: string[] = [];
  for (const { shard, event, partition } of [...events].sort((a, b) => a.atMs - b.atMs)) {
    if (event === 'ended') for (const [one, who] of owner) if (who === shard) owner.delete(one);
    if (partition === undefined) continue;
    if (event === 'released' && owner.get(partition) === shard) owner.delete(partition);
    if (event !== 'owned') continue;
    const before = owner.get(partition);
    if (before !== undefined && before !== shard) found.push(`${partition}: ${before} and ${shard}`);
    owner.set(partition, shard);
  }
  return found;
}
