export {
  type BusBatch,
  type BusIntake,
  type BusIntakeDeps,
  type BusIntakeOptions,
  startBusIntake,
} from './bus-intake.ts';
export { createBusProducer } from './bus-producer.ts';
export { type BusPublisher, createBusPublisher, type ResultTopics } from './bus-publisher.ts';
export type { BusKafka } from './kafka-connection.ts';
export type { ObservationFormat } from './observation-decoder.ts';
export { createSchemaRegistry } from './schema-registry.ts';
