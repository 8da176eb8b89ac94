/** Paths under the object, with dots, and what to put there; undefined removes. */
export type Edit = Readonly<Record<string, unknown>>;

/** A spec that must be refused, and the sentence that says so. */
export interface WrongSpec {
  readonly what: string;
  readonly edit: Edit;
  /** What the refusal must contain. */
  readonly says: string;
}

/** Refused by a rule of ours: the sentence names field, value and remedy. */
export const BROKEN_RULES: readonly WrongSpec[] = [
  {
    what: 'fewest above most shards',
    edit: { 'spec.autoscaling.minShards': 5, 'spec.autoscaling.maxShards': 2 },
    says: 'spec.autoscaling.minShards is 5, above maxShards 2: lower it or raise maxShards',
  },
  {
    what: 'more shards than partitions',
    edit: { 'spec.partitions': 2, 'spec.autoscaling.mode': 'Off' },
    says: 'spec.compute.shards is 3, above spec.partitions 2: a shard without a partition does nothing. Lower it',
  },
  {
    what: 'more shards at most than partitions',
    edit: { 'spec.partitions': 8 },
    says: 'spec.autoscaling.maxShards is 16, above spec.partitions 8',
  },
  {
    what: 'a start outside of what Auto may choose',
    edit: { 'spec.autoscaling.mode': 'Auto', 'spec.autoscaling.maxShards': 2 },
    says: 'spec.compute.shards is 3, outside spec.autoscaling.minShards 1 to maxShards 2 while the mode is Auto',
  },
  {
    what: 'more copies than shards',
    edit: { 'spec.compute.shards': 2, 'spec.compute.standbys': 2 },
    says: 'spec.compute.standbys is 2, not below spec.compute.shards 2',
  },
  {
    what: 'checkpoints rarer than readings may be late',
    edit: { 'spec.windows.allowedLatenessSeconds': 60, 'spec.checkpoints.intervalSeconds': 61 },
    says: 'spec.checkpoints.intervalSeconds is 61, above spec.windows.allowedLatenessSeconds 60',
  },
  {
    what: 'out-of-orderness beyond lateness',
    edit: { 'spec.windows.outOfOrdernessSeconds': 100, 'spec.windows.allowedLatenessSeconds': 60 },
    says: 'spec.windows.outOfOrdernessSeconds is 100, above allowedLatenessSeconds 60',
  },
  {
    what: 'more in-sync copies than copies',
    edit: { 'spec.log.kafka.topic.minInSyncReplicas': 4 },
    says: 'spec.log.kafka.topic.minInSyncReplicas is 4, above replicationFactor 3',
  },
  {
    what: 'a topic that loses what was acknowledged',
    edit: {
      'spec.log.kafka.allowUnsafeTopic': false,
      'spec.log.kafka.topic.replicationFactor': 1,
      'spec.log.kafka.topic.minInSyncReplicas': 1,
    },
    says: 'spec.log.kafka.topic has replicationFactor 1 and minInSyncReplicas 1, but keeping what is acknowledged takes 3 and 2: raise them, or set spec.log.kafka.allowUnsafeTopic: true',
  },
  {
    what: 'a broker without a port',
    edit: { 'spec.log.kafka.bootstrapServers': ['kafka:9092', 'kafka'] },
    says: 'spec.log.kafka.bootstrapServers has "kafka", which is not host:port: write it as in kafka:9092',
  },
  {
    what: 'a broker as a URL',
    edit: { 'spec.log.kafka.bootstrapServers': ['http://kafka:9092'] },
    says: 'spec.log.kafka.bootstrapServers has "http://kafka:9092", which is not host:port',
  },
  {
    what: 'a mechanism without a password',
    edit: { 'spec.log.kafka.authentication.mechanism': 'SCRAM-SHA-512' },
    says: 'spec.log.kafka.authentication has mechanism SCRAM-SHA-512 and secretName "": set both, or neither',
  },
  {
    what: 'a password without a mechanism',
    edit: { 'spec.log.kafka.authentication.secretName': 'kafka-user' },
    says: 'spec.log.kafka.authentication has mechanism None and secretName "kafka-user"',
  },
  {
    what: 'a password in plain text',
    edit: { 'spec.log.kafka.authentication': { mechanism: 'PLAIN', secretName: 'kafka-user' } },
    says: 'spec.log.kafka.authentication.mechanism is PLAIN without encryption',
  },
  {
    what: 'an object store that is no URL',
    edit: { 'spec.checkpoints.s3.endpoint': 's3:9000' },
    says: 'spec.checkpoints.s3.endpoint is "s3:9000", which is not a URL of a server',
  },
  {
    what: 'no analytics',
    edit: { 'spec.analytics.clickHouse': undefined },
    says: 'spec.analytics has neither clickHouse nor embedded: set exactly one of the two',
  },
  {
    what: 'two kinds of analytics',
    edit: { 'spec.analytics.embedded': {} },
    says: 'spec.analytics has both clickHouse and embedded: set exactly one of the two',
  },
  {
    what: 'no address of ClickHouse',
    edit: { 'spec.analytics.clickHouse.url': '' },
    says: 'spec.analytics.clickHouse has neither url nor urls: set one of the two',
  },
  {
    what: 'addresses of ClickHouse in both fields',
    edit: { 'spec.analytics.clickHouse.urls': ['http://other:8123'] },
    says: 'spec.analytics.clickHouse has both url and urls: set one of the two',
  },
  {
    what: 'ClickHouse without a scheme',
    edit: { 'spec.analytics.clickHouse.url': 'clickhouse:8123' },
    says: 'spec.analytics.clickHouse.url is "clickhouse:8123", which is not a URL',
  },
  {
    what: 'one of the replicas of ClickHouse without a scheme',
    edit: { 'spec.analytics.clickHouse.url': '', 'spec.analytics.clickHouse.urls': ['http://a:8123', 'ch-b:8123'] },
    says: 'spec.analytics.clickHouse.urls has "ch-b:8123", which is not a URL',
  },
  {
    what: 'an authority for a connection in plain text',
    edit: { 'spec.analytics.clickHouse.caSecretName': 'ch-ca' },
    says: 'spec.analytics.clickHouse.caSecretName is "ch-ca", but the URL is not https',
  },
  {
    what: 'half a digest',
    edit: { 'spec.image.digest': 'sha256:abc' },
    says: 'spec.image.digest is "sha256:abc", but must be sha256: and 64 hexadecimal digits',
  },
  {
    what: 'two sources of certificates',
    edit: { 'spec.tls': { generate: true, secretName: 'mine' } },
    says: 'spec.tls.generate is true and spec.tls.secretName is "mine": set one of the two',
  },
  {
    what: 'an Ingress without a name',
    edit: { 'spec.route.kind': 'Ingress' },
    says: 'spec.route.kind is Ingress, but spec.route.host is empty: set the name that callers use',
  },
  {
    what: 'a route without its Gateway',
    edit: { 'spec.route': { kind: 'Gateway', host: 'weather.example.org' } },
    says: 'spec.route.kind is Gateway and spec.route.gatewayName is "": a Gateway route needs it',
  },
  {
    what: 'more pods than the HPA may have',
    edit: { 'spec.ingest': { scaling: 'HPA', replicas: 11 } },
    says: 'spec.ingest.replicas is 11, above maxReplicas 10 of the HPA',
  },
  {
    what: 'more memory asked for than allowed',
    edit: { 'spec.query.resources.requests.memory': '1Gi' },
    says: 'spec.query.resources.requests.memory is 1Gi, above limits.memory 256Mi: raise the limit or lower the request',
  },
  {
    what: 'more processor asked for than allowed',
    edit: { 'spec.compute.resources.limits.cpu': '100m' },
    says: 'spec.compute.resources.requests.cpu is 200m, above limits.cpu 100m',
  },
  {
    what: 'a canary longer than the deadline',
    edit: { 'spec.update': { canarySeconds: 600, progressDeadlineSeconds: 600 } },
    says: 'spec.update.canarySeconds is 600, not below progressDeadlineSeconds 600',
  },
  {
    what: 'root',
    edit: { 'spec.podTemplate.securityContext.runAsUser': 0 },
    says: 'spec.podTemplate.securityContext.runAsUser is 0 (root), which Pod Security restricted refuses',
  },
  {
    what: 'a label that the operator sets',
    edit: { 'spec.podTemplate.labels': { 'app.kubernetes.io/name': 'mine' } },
    says: 'spec.podTemplate.labels has "app.kubernetes.io/name", which the operator sets itself: use another key',
  },
  {
    what: 'a receiver of traces that is no URL',
    edit: { 'spec.otlpEndpoint': 'otel:4318' },
    says: 'spec.otlpEndpoint is "otel:4318", which is not a URL',
  },
  {
    what: 'a name that is too long',
    edit: { 'metadata.name': 'a'.repeat(41) },
    says: 'but services are named after it: at most 40 lower-case letters',
  },
  {
    what: 'a name that begins with a digit',
    edit: { 'metadata.name': '1weather' },
    says: 'metadata.name is "1weather", but services are named after it',
  },
];

/** Refused by types and bounds: the API server's own sentence names field and value. */
export const BROKEN_BOUNDS: readonly WrongSpec[] = [
  { what: 'no version', edit: { 'spec.version': undefined }, says: 'spec.version: Required value' },
  { what: 'a tag as version', edit: { 'spec.version': 'latest' }, says: 'spec.version: Invalid value: "latest"' },
  { what: 'no shard', edit: { 'spec.compute.shards': 0 }, says: 'spec.compute.shards: Invalid value: 0' },
  {
    what: 'text for a number',
    edit: { 'spec.compute.shards': '3' },
    says: 'spec.compute.shards: Invalid value: "string"',
  },
  {
    what: 'a mode in lower case',
    edit: { 'spec.autoscaling.mode': 'auto' },
    says: 'supported values: "Off", "DryRun", "Auto"',
  },
  { what: 'an unknown field', edit: { 'spec.compute.replicas': 3 }, says: 'unknown field "spec.compute.replicas"' },
  { what: 'no broker', edit: { 'spec.log.kafka.bootstrapServers': [] }, says: 'should have at least 1 items' },
  {
    what: 'an amount of nothing',
    edit: { 'spec.ingest.resources.requests.cpu': 'lots' },
    says: 'spec.ingest.resources.requests.cpu',
  },
  { what: 'the same Secret twice', edit: { 'spec.image.pullSecretNames': ['a', 'a'] }, says: 'Duplicate value: "a"' },
  {
    what: 'no bucket',
    edit: { 'spec.checkpoints.s3.bucket': undefined },
    says: 'spec.checkpoints.s3.bucket: Required value',
  },
];

/** Changes that are refused on an object that was good. */
export const BROKEN_TRANSITIONS: readonly (WrongSpec & { readonly from?: Edit })[] = [
  { what: 'partitions', edit: { 'spec.partitions': 128 }, says: 'spec.partitions cannot change once set' },
  { what: 'the formula', edit: { 'spec.formula': 'ROTHFUSZ' }, says: 'spec.formula cannot change once set' },
  { what: 'windows', edit: { 'spec.windows.outOfOrdernessSeconds': 6 }, says: 'spec.windows cannot change once set' },
  {
    what: 'the topic',
    edit: { 'spec.log.kafka.topic.name': 'other' },
    says: 'spec.log.kafka.topic.name cannot change once set',
  },
  {
    what: 'the bucket',
    edit: { 'spec.checkpoints.s3.bucket': 'other' },
    says: 'spec.checkpoints.s3.bucket cannot change once set',
  },
  {
    what: 'the prefix',
    edit: { 'spec.checkpoints.s3.prefix': 'other' },
    says: 'spec.checkpoints.s3.prefix cannot change once set',
  },
  {
    what: 'the database',
    edit: { 'spec.analytics.clickHouse.database': 'other' },
    says: 'spec.analytics.clickHouse.database cannot change once set',
  },
  {
    what: 'the kind of analytics',
    edit: { 'spec.analytics': { embedded: {} } },
    says: 'spec.analytics cannot change between clickHouse and embedded',
  },
  {
    what: 'shards while the operator decides them',
    from: { 'spec.autoscaling.mode': 'Auto' },
    edit: { 'spec.autoscaling.mode': 'Auto', 'spec.compute.shards': 5 },
    says: 'spec.compute.shards cannot change from 3 to 5 while spec.autoscaling.mode is Auto, which decides the number',
  },
];
