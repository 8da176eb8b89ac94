/** An object as the API server sends it: plain JSON. Models of a client library would drop what they do not know. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

/** Metadata of an object; what the API server fills in is optional. */
export interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Group, version and kind. */
export interface KubeType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which object. */
export interface KubeRef extends KubeType {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Plural names that are not the kind in lower case with an s. */
const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  Ingress: 'ingresses',
  HTTPRoute: 'httproutes',
};

/** Path of a collection under the server's URL. Without a namespace: of all namespaces, or of a cluster-wide kind. */
export function collectionPath({ apiVersion, kind }: KubeType, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${pluralOf(kind)}`;
}

/** Path of an object under the server's URL. */
export function objectPath(ref: KubeRef): string {
  return `${collectionPath(ref, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}

/** Name of a kind in URLs and rules of access. */
export function pluralOf(kind: string): string {
  return PLURALS[kind] ?? `${kind.toLowerCase()}s`;
}

/** Refers to an object. */
export function refOf(object: KubeObject): KubeRef {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** Key of a namespaced object in queues and caches: namespace/name. */
export function keyOf(object: { readonly metadata: KubeMetadata }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Name of an object in logs and messages: `StatefulSet demo-compute`. */
export function describeRef(ref: KubeRef): string {
  return `${ref.kind} ${ref.name}`;
}
