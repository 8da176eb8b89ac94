import * as z from 'zod';
import { group, immutable, secretName, withRules } from '../rules.ts';

const s3 = withRules(
  z
    .object({
      bucket: immutable(
        z
          .string()
          .min(3)
          .max(63)
          .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/),
        'spec.checkpoints.s3.bucket',
        'state and the identity of the log are in this bucket',
      ).describe('Bucket, which must exist. Cannot change.'),
      prefix: immutable(
        z
          .string()
          .max(200)
          .regex(/^([A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*)?$/)
          .default(''),
        'spec.checkpoints.s3.prefix',
        'state and the identity of the log are under this prefix',
      ).describe('Folder in the bucket. Empty: the name of the ForecastCluster. Cannot change.'),
      region: z.string().max(64).default('us-east-1').describe('Region of the bucket.'),
      endpoint: z.string().max(512).default('').describe('URL of a server that is not AWS. Empty: AWS, by region.'),
      secretName: secretName(
        'Secret with the keys accessKeyId and secretAccessKey. Empty: the identity of the workload (podTemplate.serviceAccountAnnotations).',
      ),
    })
    .describe('An object store that speaks S3 with conditional writes.'),
  {
    rule: "self.endpoint == '' || self.endpoint.matches('^https?://[^/ ]+/?$')",
    says: 'spec.checkpoints.s3.endpoint is "{self.endpoint}", which is not a URL of a server: write it as in http://s3:9000, or leave it empty for AWS',
  },
);

/** Where state is kept. */
export const checkpoints = z
  .object({
    intervalSeconds: z.int().min(1).max(3600).default(10).describe('Time between two checkpoints of a partition.'),
    s3,
  })
  .describe('Where state is kept, so that a partition can move and come back after a failure.');

const URL_PATTERN = "'^https?://[^/ ]+(/.*)?$'";

const clickHouse = withRules(
  z
    .object({
      url: z.string().max(512).default('').describe('URL of the server or of a load balancer before several.'),
      urls: z
        .array(z.string().min(8).max(512))
        .max(16)
        .default([])
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe('URLs of several replicas, instead of url.'),
      database: immutable(
        z
          .string()
          .min(1)
          .max(64)
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
          .default('isotherm'),
        'spec.analytics.clickHouse.database',
        'rows already written would be left behind',
      ).describe('Database. Cannot change.'),
      clusterName: z
        .string()
        .max(64)
        .default('')
        .describe('Name of a ClickHouse cluster: tables are then replicated and distributed. Empty: one server.'),
      secretName: secretName('Secret with the keys username and password.'),
      caSecretName: secretName('Secret whose key ca.crt holds the authority that signed the server’s certificate.'),
    })
    .describe('A ClickHouse server or cluster.'),
  {
    rule: "(self.url != '') != (size(self.urls) > 0)",
    says: "spec.analytics.clickHouse has {(self.url == '' ? 'neither url nor urls' : 'both url and urls')}: set one of the two",
  },
  {
    rule: `self.url == '' || self.url.matches(${URL_PATTERN})`,
    says: 'spec.analytics.clickHouse.url is "{self.url}", which is not a URL: write it as in http://clickhouse:8123',
  },
  {
    rule: `self.urls.all(u, u.matches(${URL_PATTERN}))`,
    says: `spec.analytics.clickHouse.urls has "{self.urls.filter(u, !u.matches(${URL_PATTERN}))[0]}", which is not a URL: write it as in http://clickhouse:8123`,
  },
  {
    rule: "self.caSecretName == '' || self.url.startsWith('https://') || (size(self.urls) > 0 && self.urls.all(u, u.startsWith('https://')))",
    says: 'spec.analytics.clickHouse.caSecretName is "{self.caSecretName}", but the URL is not https, so no certificate would be checked: use https or remove caSecretName',
  },
);

const embedded = z
  .object({
    storage: z
      .string()
      .max(32)
      .regex(/^[0-9]+(Mi|Gi|Ti)$/)
      .default('10Gi')
      .describe('Size of the volume.'),
    storageClassName: z
      .string()
      .max(253)
      .default('')
      .describe('Class of the volume. Empty: the default of the cluster.'),
  })
  .describe('One pod with the ClickHouse engine, for trials: it is not replicated.');

/** Where rows for analytical reads go. */
export const analytics = withRules(
  z
    .object({
      clickHouse: clickHouse.optional(),
      embedded: embedded.optional(),
      rawRetentionDays: z.int().min(1).max(3650).default(90).describe('Days that raw observations are kept.'),
    })
    .describe('Where rows for analytical reads go: clickHouse or embedded.'),
  {
    rule: 'has(self.clickHouse) != has(self.embedded)',
    says: "spec.analytics has {(has(self.clickHouse) ? 'both clickHouse and embedded' : 'neither clickHouse nor embedded')}: set exactly one of the two",
  },
  {
    rule: 'has(self.clickHouse) == has(oldSelf.clickHouse)',
    says: 'spec.analytics cannot change between clickHouse and embedded: rows already written would be left behind. Set it back, or make a new ForecastCluster with another name',
  },
);

/** Names and limits of callers. */
export const tenants = group(
  {
    secretName: secretName(
      'Secret whose key tenants.json holds callers and their limits. Empty: callers are anonymous, and the status says so.',
    ),
  },
  'Who may call, and how much.',
);
