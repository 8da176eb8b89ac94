import * as z from 'zod';
import { group, immutable, secretName, withRules } from '../rules.ts';

const topic = withRules(
  group(
    {
      name: immutable(
        z
          .string()
          .max(249)
          .regex(/^[a-zA-Z0-9._-]*$/)
          .default(''),
        'spec.log.kafka.topic.name',
        'results are a function of the log that this topic holds',
      ).describe('Name of the topic. Empty: NAME-observations. Cannot change.'),
      create: z.boolean().default(true).describe('Whether the topic is made where it does not exist.'),
      replicationFactor: z.int().min(1).max(9).default(3).describe('Copies of each record.'),
      minInSyncReplicas: z.int().min(1).max(9).default(2).describe('Copies that an acknowledged record has at least.'),
    },
    'The topic that holds observations.',
  ),
  {
    rule: 'self.minInSyncReplicas <= self.replicationFactor',
    says: 'spec.log.kafka.topic.minInSyncReplicas is {self.minInSyncReplicas}, above replicationFactor {self.replicationFactor}: nothing could be written. Lower it or raise replicationFactor',
  },
);

const authentication = withRules(
  group(
    {
      mechanism: z
        .enum(['None', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
        .default('None')
        .describe('How clients say who they are (SASL).'),
      secretName: secretName('Secret with the keys username and password.'),
    },
    'How clients authenticate to the brokers.',
  ),
  {
    rule: "(self.mechanism == 'None') == (self.secretName == '')",
    says: 'spec.log.kafka.authentication has mechanism {self.mechanism} and secretName "{self.secretName}": set both, or neither (mechanism None)',
  },
);

const kafka = withRules(
  z
    .object({
      bootstrapServers: withRules(
        z
          .array(z.string().min(3).max(260))
          .min(1)
          .max(16)
          .meta({ 'x-kubernetes-list-type': 'set' })
          .describe('Addresses of brokers, host:port.'),
        {
          rule: "self.all(s, s.matches('^[A-Za-z0-9.-]+:[0-9]+$|^\\\\[[0-9A-Fa-f:]+\\\\]:[0-9]+$'))",
          says: `spec.log.kafka.bootstrapServers has "{self.filter(s, !s.matches('^[A-Za-z0-9.-]+:[0-9]+$|^\\\\[[0-9A-Fa-f:]+\\\\]:[0-9]+$'))[0]}", which is not host:port: write it as in kafka:9092`,
        },
      ),
      topic,
      allowUnsafeTopic: z
        .boolean()
        .default(false)
        .describe('Says aloud that acknowledged observations may be lost together with one broker.'),
      tls: group(
        {
          enabled: z
            .boolean()
            .default(false)
            .describe(
              'Whether connections are encrypted. Implied by caSecretName; alone, public authorities are trusted.',
            ),
          caSecretName: secretName(
            'Secret whose key ca.crt holds the authority that signed the brokers’ certificates.',
          ),
        },
        'Encryption of connections to the brokers.',
      ),
      authentication,
    })
    .describe('Apache Kafka 3.5 or later.'),
  {
    rule: 'self.allowUnsafeTopic || !self.topic.create || (self.topic.replicationFactor >= 3 && self.topic.minInSyncReplicas >= 2)',
    says: 'spec.log.kafka.topic has replicationFactor {self.topic.replicationFactor} and minInSyncReplicas {self.topic.minInSyncReplicas}, but keeping what is acknowledged takes 3 and 2: raise them, or set spec.log.kafka.allowUnsafeTopic: true',
  },
  {
    rule: "self.authentication.mechanism != 'PLAIN' || self.tls.enabled || self.tls.caSecretName != ''",
    says: 'spec.log.kafka.authentication.mechanism is PLAIN without encryption, which shows the password to the network: set spec.log.kafka.tls.enabled: true or tls.caSecretName, or use SCRAM-SHA-512',
  },
);

/** Where observations are kept first. */
export const log = z.object({ kafka }).describe('Where observations are kept first, in order.');
