import { create, fromJson, toJson } from '@bufbuild/protobuf';
import { type PlacementTable, PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import { type Placement, rendezvousScore } from '@isotherm/placement';
import type { ForecastCluster } from '../api/index.ts';
import { labelsOf, nameOf, PORTS } from '../resources/names.ts';
import type { KubeObject } from '../runtime/index.ts';

/** What the operator has decided about shards. Kept in the ConfigMap NAME-placement, which outlives its ForecastCluster. */
export interface PlacementRecord {
  readonly placement: Placement;
  /** Shards that give their partitions away. */
  readonly draining: readonly string[];
  /** Number of shards wanted while spec.autoscaling.mode is Auto. */
  readonly targetShards: number;
}

/** The record as an object. Without an owner: the epoch must rise also over deletion and re-creation. */
export function recordToConfigMap(
  cluster: ForecastCluster,
  record: PlacementRecord,
  resourceVersion?: string,
): KubeObject {
  const table = toJson(PlacementTableSchema, recordToTable(cluster, record));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: nameOf(cluster, 'placement'),
      namespace: cluster.metadata.namespace,
      labels: labelsOf(cluster, 'placement'),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: { 'table.json': JSON.stringify(table), targetShards: String(record.targetShards) },
  };
}

/** Reads the record. @throws Error where somebody else wrote what is no record. */
export function recordFromConfigMap(object: KubeObject): PlacementRecord {
  const data = (object['data'] ?? {}) as Readonly<Record<string, string>>;
  let table: PlacementTable;
  try {
    table = fromJson(PlacementTableSchema, JSON.parse(data['table.json'] ?? ''));
  } catch (error) {
    const name = object.metadata.name;
    throw new Error(`ConfigMap ${name} does not hold a placement table in table.json: restore it or delete it`, {
      cause: error,
    });
  }
  const shards = table.shards.map(({ name }) => name);
  const placement = { epoch: Number(table.epoch), partitionCount: table.partitionCount, shards, owners: table.owners };
  const draining = table.shards.filter((shard) => shard.draining).map(({ name }) => name);
  return { placement, draining, targetShards: Number(data['targetShards'] ?? shards.length) };
}

/** The table as shards and queries read it. */
export function recordToTable(cluster: ForecastCluster, record: PlacementRecord): PlacementTable {
  const { placement, draining } = record;
  const standbys = standbysOf(placement, Math.min(cluster.spec.compute.standbys, placement.shards.length - 1));
  return create(PlacementTableSchema, {
    epoch: BigInt(placement.epoch),
    partitionCount: placement.partitionCount,
    owners: [...placement.owners],
    shards: placement.shards.map((name) => {
      const address = `${hostOf(cluster, name)}:${PORTS.compute}`;
      return { name, address, controlAddress: address, draining: draining.includes(name) };
    }),
    standbys: standbys.map((shards) => ({ shards: [...shards] })),
  });
}

/** Name of a shard's pod in the cluster's DNS. */
export function hostOf(cluster: ForecastCluster, shard: string): string {
  return `${shard}.${nameOf(cluster, 'compute')}.${cluster.metadata.namespace}.svc`;
}

/** Indexes of the shards that follow each partition: those that rendezvous hashing ranks first besides the owner. */
export function standbysOf({ shards, owners }: Placement, count: number): readonly (readonly number[])[] {
  if (count <= 0) return [];
  return owners.map((owner, partition) =>
    shards
      .map((name, index) => ({ index, score: rendezvousScore(name, partition) }))
      .filter(({ index }) => index !== owner)
      .sort((a, b) => b.score - a.score)
      .slice(0, count)
      .map(({ index }) => index),
  );
}
