import type { ForecastClusterSpec } from './forecast-cluster-spec.ts';
import { forecastClusterSpec } from './forecast-cluster-spec.ts';
import type { ForecastClusterStatus } from './forecast-cluster-status.ts';

/** What the API server says of every object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A ForecastCluster with every default filled in. */
export interface ForecastCluster {
  readonly apiVersion: 'isotherm.dev/v1alpha1';
  readonly kind: 'ForecastCluster';
  readonly metadata: ObjectMeta;
  readonly spec: ForecastClusterSpec;
  readonly status?: ForecastClusterStatus;
}

/** What parsing gave: the object, or what is wrong with it in sentences. */
export type ParsedForecastCluster =
  | { readonly ok: true; readonly cluster: ForecastCluster }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads an object of the API server. It was checked there, but perhaps by the CRD of another release. */
export function parseForecastCluster(object: {
  readonly spec?: unknown;
  readonly metadata: unknown;
}): ParsedForecastCluster {
  const parsed = forecastClusterSpec.safeParse(object.spec);
  if (parsed.success) return { ok: true, cluster: { ...(object as unknown as ForecastCluster), spec: parsed.data } };
  const problems = parsed.error.issues.map(({ path, message }) => `spec.${path.map(String).join('.')}: ${message}`);
  return { ok: false, problems };
}
