import { z } from 'zod';
import { exactlyOneOf, hostPort, optionalPath, path, whole } from './config-values.ts';

const embedded = z.strictObject({
  directory: path().describe(
    'Directory of the LMDB files. One ingest writes it; compute on the same machine reads it.',
  ),
  maxBytes: whole(16_000_000, Number.MAX_SAFE_INTEGER)
    .default(2_500_000_000)
    .describe('Size at which ingest refuses further observations, in bytes.'),
  diskReserveBytes: whole(0, Number.MAX_SAFE_INTEGER)
    .default(256_000_000)
    .describe('Free space that ingest leaves on the disk of the log, in bytes: below it, it refuses.'),
});

const topic = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/)
    .meta({ rule: '1 to 200 letters, digits, dots, dashes and underscores' })
    .describe('Name of the topic, to which the incarnation of the log is appended.'),
  create: z.boolean().default(true).describe('Whether ingest creates the topic where there is none.'),
  replicationFactor: whole(1, 32)
    .default(3)
    .describe('Copies of each partition. Fewer than 3 need `allowUnsafeTopic`.'),
  minInSyncReplicas: whole(1, 32)
    .default(2)
    .describe('Copies that hold a record before it is acked. Fewer than 2 need `allowUnsafeTopic`.'),
});

/** Where brokers are, and how they are recognised. */
export const kafkaConnection = {
  bootstrapServers: z.array(hostPort()).min(1).describe('Brokers that are asked first for the others.'),
  tls: z
    .strictObject({
      caFile: optionalPath().describe("Authority of the brokers' certificates (PEM); '' for the system's."),
    })
    .optional()
    .describe('TLS to the brokers. Default: plain text.'),
  authentication: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('SASL mechanism.'),
      credentialsDirectory: path().describe('Directory with the files `username` and `password`.'),
    })
    .optional()
    .describe('SASL authentication at the brokers. Default: none.'),
};

const kafka = z.strictObject({
  bootstrapServers: kafkaConnection.bootstrapServers,
  topic: topic.describe('The topic of the log. Its number of partitions is `partitions`.'),
  allowUnsafeTopic: z
    .boolean()
    .default(false)
    .describe('Whether a topic that can lose acked records is used all the same, as with a single broker.'),
  tls: kafkaConnection.tls,
  authentication: kafkaConnection.authentication,
});

/** `log`: where accepted observations are kept until they are in checkpoints and the analytical store. */
export const logConfig = exactlyOneOf(
  {
    embedded: embedded.optional().describe('A log on the local disk (LMDB), for one machine.'),
    kafka: kafka.optional().describe('A topic of Apache Kafka.'),
  },
  ['embedded', 'kafka'],
);
