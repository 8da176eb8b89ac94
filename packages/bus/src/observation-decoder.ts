import { fromBinary } from '@bufbuild/protobuf';
import { type Observation, ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import avro from 'avsc';
import { plainObservation } from './plain-observation.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { splitFirstMessage, splitWireFormat } from './wire-format.ts';

/** How observations stand in the records of a topic. */
export type ObservationFormat = 'json' | 'protobuf' | 'avro';

/** A record that holds no observations in its format. */
export class UnreadableRecord extends Error {}

/** Reads the observations of a record. @throws UnreadableRecord; IsothermError where the schema registry does not answer */
export type ObservationDecoder = (record: Uint8Array) => Promise<readonly Observation[]>;

/**
 * The decoder of a format. `json`: an object or a list of them, as UTF-8. `protobuf`: an isotherm.ingest.v1.Observation, plain
 * or in the wire format of schema registries. `avro`: a record or an array of them, in that wire format.
 */
export function createObservationDecoder(
  format: ObservationFormat,
  registry: SchemaRegistry | undefined,
): ObservationDecoder {
  switch (format) {
    case 'json':
      return async (record) => listOf(parseJson(splitWireFormat(record)?.value ?? record)).map(plainObservation);
    case 'protobuf':
      return async (record) => [decodeProtobuf(record)];
    case 'avro':
      return createAvroDecoder(registry);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnreadableRecord(`it is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function decodeProtobuf(record: Uint8Array): Observation {
  const wire = splitWireFormat(record);
  const message = wire === undefined ? record : splitFirstMessage(wire.value);
  if (message === undefined) throw new UnreadableRecord('it is not the first message of its schema');
  try {
    return fromBinary(ObservationSchema, message);
  } catch (cause) {
    throw new UnreadableRecord(`it is no isotherm.ingest.v1.Observation: ${(cause as Error).message}`, { cause });
  }
}

function createAvroDecoder(registry: SchemaRegistry | undefined): ObservationDecoder {
  const types = new Map<number, avro.Type>();
  return async (record) => {
    const wire = splitWireFormat(record);
    if (wire === undefined) throw new UnreadableRecord('it does not begin with 0 and the number of its schema');
    if (registry === undefined) throw new UnreadableRecord('no schema registry is set');
    let type = types.get(wire.schemaId);
    if (type === undefined) {
      const text = await registry.schemaOf(wire.schemaId);
      type = readSchema(text, wire.schemaId);
      types.set(wire.schemaId, type);
    }
    try {
      return listOf(type.fromBuffer(Buffer.from(wire.value)))
        .map(withoutBranches)
        .map(plainObservation);
    } catch (cause) {
      throw new UnreadableRecord(`it does not follow its schema ${wire.schemaId}: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
}

function readSchema(text: string, id: number): avro.Type {
  try {
    return avro.Type.forSchema(JSON.parse(text), { logicalTypes: { 'timestamp-micros': Microseconds } });
  } catch (cause) {
    throw new UnreadableRecord(`schema ${id} is no Avro schema: ${(cause as Error).message}`, { cause });
  }
}

/** Times in microseconds become milliseconds. */
class Microseconds extends avro.types.LogicalType {
  override _fromValue(micros: number): number {
    return Math.floor(micros / 1000);
  }
}

/** Values of unions whose branches cannot be told apart come as `{double: 1.5}`; fields of observations are no objects. */
function withoutBranches(record: unknown): unknown {
  if (typeof record !== 'object' || record === null) return record;
  return Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => {
      const branches = typeof value === 'object' && value !== null ? Object.values(value) : [];
      return [name, branches.length === 1 ? branches[0] : value];
    }),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
