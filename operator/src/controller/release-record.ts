import type { ForecastCluster } from '../api/index.ts';
import { nameOf, ownedMetadata, type PodTemplate, type Rendered } from '../resources/index.ts';
import type { KubeObject } from '../runtime/index.ts';

/** The last release of which every pod ran well: what a failed update goes back to. */
export interface ReleaseRecord {
  readonly version: string;
  readonly templates: Rendered['templates'];
}

/** The record as an object. */
export function releaseToConfigMap(cluster: ForecastCluster, release: ReleaseRecord): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(cluster, nameOf(cluster, 'release'), 'release'),
    data: { version: release.version, 'templates.json': JSON.stringify(release.templates) },
  };
}

/** Reads the record; undefined where there is none that can be read. */
export function releaseFromConfigMap(object: KubeObject | undefined): ReleaseRecord | undefined {
  const data = object?.['data'] as Readonly<Record<string, string>> | undefined;
  const templates = parse(data?.['templates.json']);
  return templates === undefined ? undefined : { version: data?.['version'] ?? '', templates };
}

function parse(text: string | undefined): Rendered['templates'] | undefined {
  try {
    const templates = JSON.parse(text ?? '') as { readonly compute?: PodTemplate };
    return templates.compute === undefined ? undefined : (templates as Rendered['templates']);
  } catch {
    return undefined;
  }
}
