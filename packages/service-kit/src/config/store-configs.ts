import { z } from 'zod';
import { exactlyOneOf, hostPort, httpUrl, optionalHttpUrl, optionalPath, path, whole } from './config-values.ts';

const s3 = z.strictObject({
  bucket: z.string().min(3).max(63).describe('Name of a bucket that exists.'),
  prefix: z.string().default('checkpoints').describe('Begins every key.'),
  region: z.string().default('us-east-1').describe('Region of the bucket.'),
  endpoint: optionalHttpUrl().describe("URL of an S3-compatible server; '' for Amazon's of the region."),
  credentialsDirectory: optionalPath().describe(
    "Directory with the files `accessKeyId` and `secretAccessKey`; '' for those of the environment, such as workload identity.",
  ),
});

/** `checkpoints`: where the state of partitions is kept. */
export const checkpointsConfig = exactlyOneOf(
  {
    intervalSeconds: whole(1, 3600).default(10).describe('Time between two checkpoints of a partition.'),
    directory: path().optional().describe('A directory, for one machine.'),
    s3: s3.optional().describe('A bucket of S3 or of a server with its conditional writes.'),
  },
  ['directory', 's3'],
);

const clickHouse = z.strictObject({
  urls: z.array(httpUrl()).min(1).describe('Servers that take inserts, tried in this order.'),
  readUrls: z.array(httpUrl()).default([]).describe('Servers that answer reads, in turn. Default: those of `urls`.'),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/)
    .meta({ rule: 'a letter, then letters, digits and underscores' })
    .default('isotherm')
    .describe('Database; made where it is missing.'),
  clusterName: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{0,64}$/)
    .meta({ rule: 'the name of a cluster in remote_servers' })
    .default('')
    .describe("Cluster over which tables are distributed by city; '' for a single server."),
  replicated: z
    .boolean()
    .default(true)
    .describe(
      'Whether the servers of the cluster have Keeper and replicate tables. Otherwise `urls` names all of them.',
    ),
  credentialsDirectory: optionalPath().describe(
    "Directory with the files `username` and `password`; '' for the user `default` without a password.",
  ),
  caFile: optionalPath().describe("Authority of the servers' certificates (PEM); '' for the system's."),
});

/** `analytics`: where minutes, raw observations and dead letters are kept for years. */
export const analyticsConfig = exactlyOneOf(
  {
    embedded: z
      .strictObject({
        directory: path().describe('Directory of the engine. One process at a time has it.'),
        scratchDirectory: optionalPath().describe("Directory of files under way to it; '' for one inside of it."),
      })
      .optional()
      .describe('The ClickHouse engine in the process, for one machine.'),
    clickHouse: clickHouse.optional().describe('A ClickHouse server or cluster.'),
    storeRaw: z.boolean().default(true).describe('Whether every observation is stored, besides minutes.'),
    rawRetentionDays: z
      .number()
      .min(1 / 24)
      .max(3650)
      .default(90)
      .describe('How long raw observations are kept after their arrival.'),
  },
  ['embedded', 'clickHouse'],
);

/** `analyticsServer`: a ClickHouse server of the platform's own. */
export const analyticsServerConfig = z.strictObject({
  directory: path().describe('Everything it keeps. One server at a time has it.'),
  nativePort: whole(0, 65_535)
    .default(9000)
    .describe("Port of ClickHouse's native protocol; 0 for any that is free. HTTP is at `--port`."),
  credentialsDirectory: optionalPath().describe(
    "Directory with the files `username` and `password`; '' for the user `default` without a password, on a loopback address only.",
  ),
  cluster: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/)
        .meta({ rule: 'a letter, then letters, digits and underscores' })
        .describe('What Distributed tables call it: `analytics.clickHouse.clusterName`.'),
      nodes: z.array(hostPort()).min(1).describe('Native protocol (host:port) of every server; each is a shard.'),
    })
    .optional()
    .describe('The servers over which Distributed tables spread. Default none.'),
});
