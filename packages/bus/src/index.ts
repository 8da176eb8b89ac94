export {
  type BusBatch,
  type BusIntake,
  type BusIntakeDeps,
  type BusIntakeOptions,
  startBusIntake,
} from './bus-intake.ts';
export type { BusKafka } from './kafka-connection.ts';
export type { ObservationFormat } from './observation-decoder.ts';
