import { z } from 'zod';
import { optionalHttpUrl } from './config-values.ts';
import { kafkaConnection } from './log-config.ts';

const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;
const TOPIC_RULE = '1 to 249 letters, digits, dots, dashes and underscores';
const topicName = () => z.string().regex(TOPIC).meta({ rule: TOPIC_RULE });
const optionalTopic = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,249}$/)
    .meta({ rule: `'' or ${TOPIC_RULE}` })
    .default('');

/** `bus`: topics of Kafka from which observations come, and to which results go. */
export const busConfig = z.strictObject({
  ...kafkaConnection,
  schemaRegistryUrl: optionalHttpUrl().describe("Base URL of a schema registry with Confluent's API; '' for none."),
  groupId: z
    .string()
    .min(1)
    .max(200)
    .meta({ rule: '1 to 200 characters' })
    .default('isotherm')
    .describe('Consumer group in which the ingests share the partitions of the topics.'),
  observations: z
    .array(
      z.strictObject({
        topic: topicName().describe('A topic that exists.'),
        format: z
          .enum(['json', 'protobuf', 'avro'])
          .describe(
            'json: an object with the fields of isotherm.ingest.v1.Observation, or a list of them; protobuf: that message, with or without the wire format of a schema registry; avro: the same fields, in that wire format.',
          ),
      }),
    )
    .default([])
    .describe('Topics from which ingest takes observations. A record counts once.'),
  publish: z
    .strictObject({
      minutes: optionalTopic().describe("Topic of closed minutes (isotherm.bus.v1.CityMinute); '' for none."),
      forecasts: optionalTopic().describe("Topic of forecasts (isotherm.bus.v1.CityForecast); '' for none."),
      deadLetters: optionalTopic().describe("Topic of dead letters (isotherm.bus.v1.DeadLetterEvent); '' for none."),
    })
    .prefault({})
    .describe('Topics that exist, to which compute publishes what is stored: at least once, keyed by city.'),
});
