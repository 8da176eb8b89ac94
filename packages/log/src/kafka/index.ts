/** What other clients of Kafka share with the log. */
export { connectionOptionsOf, type KafkaSecurity } from './kafka-security.ts';
