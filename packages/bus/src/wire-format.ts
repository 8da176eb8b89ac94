/** First byte of a record in the wire format of schema registries: this, the schema's id in 4 bytes, the value. */
const MAGIC = 0;
const HEADER_BYTES = 5;

/** The schema and value of a record; undefined where it is not in the wire format. No protobuf message begins with 0. */
export function splitWireFormat(record: Uint8Array): { schemaId: number; value: Uint8Array } | undefined {
  if (record.length < HEADER_BYTES || record[0] !== MAGIC) return undefined;
  const schemaId = new DataView(record.buffer, record.byteOffset, record.length).getUint32(1);
  return { schemaId, value: record.subarray(HEADER_BYTES) };
}

/** The first message of a protobuf schema: one byte in place of the list [0]. */
const FIRST_MESSAGE = 0;

/** What follows the number of the message, where that is the schema's first; undefined where it is another. */
export function splitFirstMessage(value: Uint8Array): Uint8Array | undefined {
  if (value[0] === FIRST_MESSAGE) return value.subarray(1);
  // The list [0] as zigzag varints: length 1, index 0.
  return value[0] === 2 && value[1] === 0 ? value.subarray(2) : undefined;
}

/** A record of the first message of a protobuf schema. */
export function inWireFormat(schemaId: number, message: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(HEADER_BYTES + 1 + message.length);
  record[0] = MAGIC;
  record.writeUInt32BE(schemaId, 1);
  record[HEADER_BYTES] = FIRST_MESSAGE;
  record.set(message, HEADER_BYTES + 1);
  return record;
}
