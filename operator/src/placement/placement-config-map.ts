import { create, toJson } from '@bufbuild/protobuf';
import { PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import {
  type PlacementRecord,
  type PlacementRecordStore,
  placementConflict,
  placementTable,
} from '@isotherm/coordination';
import type { ForecastCluster } from '../api/index.ts';
import { labelsOf, nameOf, PORTS } from '../resources/names.ts';
import { isConflict, isNotFound, type KubeClient, type KubeObject } from '../runtime/index.ts';

/** What the ConfigMap NAME-placement holds. It has no owner: the epoch must rise also over deletion and re-creation. */
export interface StoredPlacement {
  readonly record: PlacementRecord;
  /** Number of shards wanted while spec.autoscaling.mode is Auto. */
  readonly targetShards: number;
}

/** The placement of one cluster in its ConfigMap. A write is refused where the object changed since it was read. */
export interface PlacementConfigMap extends PlacementRecordStore {
  /** What was read or written last. */
  stored(): StoredPlacement | undefined;
  /** Records another number of shards wanted. */
  saveTarget(targetShards: number): Promise<void>;
}

/** Creates the store. @param targetShards recorded with the first placement. */
export function createPlacementConfigMap(
  client: KubeClient,
  { cluster, targetShards }: { readonly cluster: ForecastCluster; readonly targetShards: number },
): PlacementConfigMap {
  const ref = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: cluster.metadata.namespace,
    name: nameOf(cluster, 'placement'),
  };
  let object: KubeObject | undefined;
  let stored: StoredPlacement | undefined;

  async function write(next: StoredPlacement): Promise<void> {
    const { resourceVersion } = object?.metadata ?? {};
    const desired: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: ref.name,
        namespace: ref.namespace,
        labels: labelsOf(cluster, 'placement'),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      data: {
        'table.json': JSON.stringify(
          toJson(PlacementTableSchema, create(PlacementTableSchema, placementTable(next.record))),
        ),
        'record.json': JSON.stringify(next.record),
        targetShards: String(next.targetShards),
      },
    };
    try {
      object = await (object === undefined ? client.create(desired) : client.replace(desired));
    } catch (error) {
      // Created by somebody else meanwhile is a conflict too.
      if (isConflict(error)) throw placementConflict(next.record.epoch, error);
      throw error;
    }
    stored = next;
  }

  return {
    stored: () => stored,
    async load() {
      object = await client.get(ref).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      stored = object === undefined ? undefined : parse(object);
      return stored?.record;
    },
    save: (record) => write({ record, targetShards: stored?.targetShards ?? targetShards }),
    async saveTarget(next) {
      if (stored !== undefined && stored.targetShards !== next) await write({ ...stored, targetShards: next });
    },
  };
}

function parse({ metadata, data }: KubeObject & { readonly data?: Readonly<Record<string, string>> }): StoredPlacement {
  try {
    const record = JSON.parse(data?.['record.json'] ?? '') as PlacementRecord;
    const { epoch, shards, owners, targets } = record;
    if (!Number.isSafeInteger(epoch) || owners.length !== targets.length || shards.length === 0)
      throw new Error('fields are missing');
    return { record, targetShards: Number(data?.['targetShards'] ?? shards.length) };
  } catch (error) {
    throw new Error(
      `ConfigMap ${metadata.namespace}/${metadata.name} holds no placement in record.json (${error instanceof Error ? error.message : ''}): restore it, or delete it while no shard runs`,
      { cause: error },
    );
  }
}

/** Name of a shard's pod in the cluster's DNS. */
export function hostOf(cluster: ForecastCluster, shard: string): string {
  return `${shard}.${nameOf(cluster, 'compute')}.${cluster.metadata.namespace}.svc`;
}

/** Where a shard answers, by its name. */
export function addressOf(cluster: ForecastCluster, shard: string): string {
  return `${hostOf(cluster, shard)}:${PORTS.compute}`;
}
