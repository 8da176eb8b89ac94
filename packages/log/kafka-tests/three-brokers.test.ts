import { describeKafkaConformance } from './describe-kafka-conformance.ts';

describeKafkaConformance('Kafka, three brokers', { brokers: 3 });
