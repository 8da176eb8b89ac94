import { create, toBinary } from '@bufbuild/protobuf';
import { IngestStreamRequestSchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import { encodeStreamBatch as encodeBatch } from '@isotherm/observation-wire';
import type { ObservationColumns } from './observation.ts';

/** The first message of a stream. */
export function encodeStreamStart(start: {
  readonly producerId: string;
  readonly session: bigint;
  readonly returnTokens: boolean;
}): Uint8Array {
  const { producerId, session, returnTokens } = start;
  const message = create(IngestStreamRequestSchema, {
    message: { case: 'start', value: { producerId, session, returnTokens } },
  });
  return toBinary(IngestStreamRequestSchema, message);
}

/** A batch of a stream; `cities` and `sensors` join the stream's dictionaries. */
export function encodeStreamBatch(batch: {
  readonly sequence: number;
  readonly createdUnixMs: number;
  readonly cities: readonly string[];
  readonly sensors: readonly string[];
  readonly columns: ObservationColumns;
}): Uint8Array {
  const { sequence, createdUnixMs, cities, sensors, columns } = batch;
  return encodeBatch({
    sequence,
    createdUnixMs,
    columns: {
      cities,
      sensors,
      cityIndex: columns.cityIndex,
      baseMs: columns.baseUnixMs,
      observedOffsetMs: columns.observedOffsetMs,
      ...(columns.temperatureCelsius && { temperature: columns.temperatureCelsius }),
      ...(columns.relativeHumidityPercent && { humidity: columns.relativeHumidityPercent }),
      ...(columns.windSpeedMps && { wind: columns.windSpeedMps }),
      ...(columns.sensorIndex && { sensorIndex: columns.sensorIndex }),
    },
  });
}
