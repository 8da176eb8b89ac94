import { type DescMessage, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { DeadLetter, RowOrigin } from '@isotherm/analytics';
import { CityForecastSchema } from '@isotherm/contracts/bus/v1/city_forecast';
import { CityMinuteSchema } from '@isotherm/contracts/bus/v1/city_minute';
import { DeadLetterEventSchema } from '@isotherm/contracts/bus/v1/dead_letter_event';
import type { MinuteRows } from '@isotherm/domain';
import type { BusProducer, BusRecord } from './bus-producer.ts';
import { deadLetterEvent, type ForecastToPublish, forecastMessage, minuteMessages } from './result-messages.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { inWireFormat } from './wire-format.ts';

/** Topics of results; an empty name for none. */
export interface ResultTopics {
  readonly minutes: string;
  readonly forecasts: string;
  readonly deadLetters: string;
}

/** Publishes results: compute's publisher. */
export interface BusPublisher {
  minutes(origin: RowOrigin, batches: readonly MinuteRows[]): Promise<void>;
  forecasts(origin: RowOrigin, forecasts: readonly ForecastToPublish[]): Promise<void>;
  deadLetters(origin: RowOrigin, letters: readonly DeadLetter[]): Promise<void>;
}

/** Creates it. Without a schema registry records are plain protobuf. */
export function createBusPublisher(
  deps: { readonly producer: BusProducer; readonly registry: SchemaRegistry | undefined },
  topics: ResultTopics,
): BusPublisher {
  const schemaIds = new Map<string, Promise<number>>();

  /** The schema's id, registered under the subject that clients look for; undefined without a registry. */
  async function schemaIdOf(topic: string, schema: DescMessage): Promise<number | undefined> {
    if (deps.registry === undefined) return undefined;
    let id = schemaIds.get(topic);
    if (id === undefined) {
      // A descriptor in base64, as Confluent's clients register theirs.
      const text = Buffer.from(toBinary(FileDescriptorProtoSchema, schema.file.proto)).toString('base64');
      id = deps.registry.register(`${topic}-value`, { type: 'PROTOBUF', text });
      schemaIds.set(topic, id);
      id.catch(() => schemaIds.delete(topic));
    }
    return await id;
  }

  async function publish(
    topic: string,
    schema: DescMessage,
    messages: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>,
  ): Promise<void> {
    if (topic === '') return;
    const schemaId = await schemaIdOf(topic, schema);
    const records: BusRecord[] = [];
    for (const { key, bytes } of messages) {
      records.push({ key, value: schemaId === undefined ? Buffer.from(bytes) : inWireFormat(schemaId, bytes) });
    }
    await deps.producer.send(topic, records);
  }

  return {
    minutes: ({ incarnation }, batches) =>
      publish(topics.minutes, CityMinuteSchema, minuteMessages(incarnation, batches)),
    forecasts: ({ incarnation }, forecasts) =>
      publish(
        topics.forecasts,
        CityForecastSchema,
        forecasts.map((forecast) => ({ key: forecast.cityId, bytes: forecastMessage(incarnation, forecast) })),
      ),
    deadLetters: ({ incarnation }, letters) =>
      publish(
        topics.deadLetters,
        DeadLetterEventSchema,
        letters.map((letter) => ({ key: letter.cityId, bytes: deadLetterEvent(incarnation, letter) })),
      ),
  };
}
