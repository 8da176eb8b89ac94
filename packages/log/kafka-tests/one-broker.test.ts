import { describeKafkaConformance } from './describe-kafka-conformance.ts';

describeKafkaConformance('Kafka, one broker', { brokers: 1 });
