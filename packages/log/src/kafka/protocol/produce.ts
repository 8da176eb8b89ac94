import type { Connection } from '@platformatic/kafka';
import { batchBytes, compactLengthBytes, type ProducerIdentity, writeBatch } from './record-batch.ts';
import { sendRequest } from './send-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const PRODUCE = 0;
/** The first that names topics by id: what is sent never lands in another topic of the same name. */
const VERSION = 13;
const ALL_IN_SYNC = -1;

/** One batch of a partition in a produce request. */
export interface BatchToSend extends ProducerIdentity {
  readonly partition: number;
  readonly values: readonly Uint8Array[];
}

/** What a broker answered for a partition. */
export interface ProduceAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
  /** The broker's stamp; -1 where the topic keeps the writer's. */
  readonly appendMs: number;
  readonly message: string | undefined;
}

/** A produce request: at most one batch a partition, acknowledged by all replicas in sync. */
export interface ProduceRequest {
  readonly topicId: Uint8Array;
  readonly batches: readonly BatchToSend[];
  readonly timestampMs: number;
  /** How long the leader waits for its followers. */
  readonly timeoutMs: number;
}

/** Sends batches. Rejects where there is no answer: whether they were kept is then unknown. */
export function produce(connection: Connection, request: ProduceRequest): Promise<readonly ProduceAnswer[]> {
  return sendRequest(connection, { key: PRODUCE, version: VERSION, body: encodeProduce(request), parse: parseProduce });
}

/** Encodes the body of a request. */
function encodeProduce({ topicId, batches, timestampMs, timeoutMs }: ProduceRequest): Buffer {
  const sizes = batches.map(({ values }) => batchBytes(values));
  const bound = sizes.reduce((sum, bytes) => sum + bytes + compactLengthBytes(bytes) + 5, 64);
  const writer = new WireWriter(Buffer.allocUnsafe(bound));
  writer.unsignedVarint(0);
  writer.int16(ALL_IN_SYNC);
  writer.int32(timeoutMs);
  writer.unsignedVarint(2);
  writer.bytes(topicId);
  writer.unsignedVarint(batches.length + 1);
  for (const [i, batch] of batches.entries()) {
    const bytes = sizes[i]!;
    writer.int32(batch.partition);
    writer.unsignedVarint(bytes + 1);
    writeBatch(writer, batch.values, { ...batch, timestampMs, bytes });
    writer.noTags();
  }
  writer.noTags();
  writer.noTags();
  return writer.written();
}

/** Parses the body of a response. */
function parseProduce(body: Buffer): ProduceAnswer[] {
  const reader = new WireReader(body);
  const answers: ProduceAnswer[] = [];
  for (let topics = reader.compactLength(); topics > 0; topics--) {
    reader.skip(16);
    for (let partitions = reader.compactLength(); partitions > 0; partitions--) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      const appendMs = reader.int64();
      reader.skip(8);
      for (let errors = reader.compactLength(); errors > 0; errors--) {
        reader.skip(4);
        reader.compactString();
        reader.tags();
      }
      const message = reader.compactString();
      reader.tags();
      answers.push({ partition, errorCode, baseOffset, appendMs, message });
    }
    reader.tags();
  }
  return answers;
}
