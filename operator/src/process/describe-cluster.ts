import type { PlacementRecord } from '@isotherm/coordination';
import type { ForecastCluster } from '../api/index.ts';
import { createKubeClient, createKubeConnection, isNotFound, type KubeObject } from '../runtime/index.ts';

/** A ForecastCluster as `isotherm operator status` prints it. @throws Error where there is none of that name. */
export async function describeCluster(of: { readonly namespace: string; readonly name: string }): Promise<string> {
  const connection = createKubeConnection();
  try {
    const client = createKubeClient(connection);
    const get = (apiVersion: string, kind: string, name: string) =>
      client.get({ apiVersion, kind, namespace: of.namespace, name }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
    const cluster = await get('isotherm.dev/v1alpha1', 'ForecastCluster', of.name);
    if (cluster === undefined) throw new Error(`There is no ForecastCluster ${of.namespace}/${of.name}.`);
    return formatCluster(
      cluster as unknown as ForecastCluster,
      recordOf(await get('v1', 'ConfigMap', `${of.name}-placement`)),
    );
  } finally {
    await connection.close();
  }
}

/** Conditions, the reasons of the number of shards, decisions, and who owns what. Pure. */
export function formatCluster(
  { metadata, spec, status = {} }: ForecastCluster,
  record: PlacementRecord | undefined,
): string {
  const { autoscaling = {}, conditions = [], update } = status;
  const sentences = [
    autoscaling.lagAndLoad,
    autoscaling.capacityNeeded,
    autoscaling.optionsRejected,
    autoscaling.wouldChangeIf,
  ];
  const lines = [
    `${metadata.namespace}/${metadata.name}: version ${status.version ?? 'none yet'}, ${status.shards ?? 0} of ${status.desiredShards ?? spec.compute.shards} shards, lag ${status.lagSeconds ?? '?'} s, scaling ${spec.autoscaling.mode}`,
    ...(update === undefined
      ? []
      : [
          `update ${update.fromVersion} → ${update.toVersion}: ${update.phase} since ${update.since}. ${update.message}`,
        ]),
    '',
    ...conditions.map(
      ({ type, status: holds, reason, lastTransitionTime, message }) =>
        `${type}: ${holds} (${reason}, since ${lastTransitionTime})\n    ${message}`,
    ),
    '',
    'Why this many shards:',
    ...sentences.filter((sentence) => sentence !== undefined).map((sentence) => `    ${sentence}`),
    ...(autoscaling.decisions ?? []).map(
      ({ time, action, reason, fromShards, toShards, message }) =>
        `    ${time} ${action} ${fromShards} → ${toShards} (${reason}): ${message}`,
    ),
    ...(record === undefined ? [] : ['', ...placementLines(record)]),
  ];
  return `${lines.join('\n')}\n`;
}

function placementLines({ epoch, shards, owners, targets }: PlacementRecord): readonly string[] {
  const moves = owners.flatMap((owner, partition) =>
    owner === targets[partition]
      ? []
      : [`    ${partition}: ${shards[owner]?.name ?? 'nobody'} → ${shards[targets[partition]!]!.name}`],
  );
  return [
    `Placement, epoch ${epoch}:`,
    ...shards.map(
      ({ name, draining }, index) =>
        `    ${name}${draining ? ' (gives its partitions away)' : ''}: ${owners.filter((owner) => owner === index).length} of ${owners.length} partitions`,
    ),
    ...(moves.length === 0 ? [] : ['Partitions on the move:', ...moves]),
  ];
}

function recordOf(object: KubeObject | undefined): PlacementRecord | undefined {
  const data = object?.['data'] as { readonly 'record.json'?: string } | undefined;
  return data?.['record.json'] === undefined ? undefined : (JSON.parse(data['record.json']) as PlacementRecord);
}
