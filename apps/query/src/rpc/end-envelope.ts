import { endStreamFlag } from '@connectrpc/connect/protocol-connect';

/** Bytes before a message of a stream: its flags, and its length as a big-endian u32. */
export const ENVELOPE_BYTES = 5;

/** The last message of a stream over Connect, which holds how it ended. */
export function endEnvelope(json: unknown): Buffer {
  const data = Buffer.from(JSON.stringify(json));
  const head = Buffer.alloc(ENVELOPE_BYTES);
  head.writeUInt8(endStreamFlag, 0);
  head.writeUInt32BE(data.byteLength, 1);
  return Buffer.concat([head, data]);
}
