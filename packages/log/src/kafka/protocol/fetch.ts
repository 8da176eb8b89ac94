import type { Connection } from '@platformatic/kafka';
import { type FetchedBatch, readBatches } from './record-batch.ts';
import { sendRequest } from './send-request.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const FETCH = 1;
/** Names topics by id. */
const VERSION = 17;
const ANY = -1;

/** Where to read a partition from. */
export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
  /** The leader's epoch as known: a former leader refuses a newer one instead of answering from its stale log. */
  readonly leaderEpoch: number;
}

/** A fetch request. */
export interface FetchRequest {
  readonly topicId: Uint8Array;
  readonly positions: readonly FetchPosition[];
  /** How long the broker waits for the first record. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Per partition; one batch may exceed it. */
  readonly partitionMaxBytes: number;
}

/** What a broker answered for a partition. */
export interface FetchAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly batches: readonly FetchedBatch[];
  /** Whether what follows the batches could not be told apart. */
  readonly damaged: boolean;
}

/** Fetches records of partitions that the broker leads. */
export function fetchRecords(connection: Connection, request: FetchRequest): Promise<readonly FetchAnswer[]> {
  return sendRequest(connection, { key: FETCH, version: VERSION, body: encodeFetch(request), parse: parseFetch });
}

/** Encodes the body of a request. */
function encodeFetch({ topicId, positions, ...request }: FetchRequest): Buffer {
  const writer = new WireWriter(Buffer.allocUnsafe(64 + positions.length * 34));
  writer.int32(request.maxWaitMs);
  writer.int32(1);
  writer.int32(request.maxBytes);
  // Isolation: everything. Then no fetch session.
  writer.int8(0);
  writer.int32(0);
  writer.int32(-1);
  writer.unsignedVarint(2);
  writer.bytes(topicId);
  writer.unsignedVarint(positions.length + 1);
  for (const { partition, offset, leaderEpoch } of positions) {
    writer.int32(partition);
    writer.int32(leaderEpoch);
    writer.int64(BigInt(offset));
    writer.int32(ANY);
    writer.int64(-1n);
    writer.int32(request.partitionMaxBytes);
    writer.noTags();
  }
  writer.noTags();
  // Nothing forgotten, no rack.
  writer.unsignedVarint(1);
  writer.unsignedVarint(1);
  writer.noTags();
  return writer.written();
}

/** Parses the body of a response; the records are views of it. */
function parseFetch(body: Buffer): FetchAnswer[] {
  const reader = new WireReader(body);
  reader.skip(4);
  const errorCode = reader.int16();
  reader.skip(4);
  if (errorCode !== 0) throw new Error(`The fetch failed with error ${errorCode}`);
  const answers: FetchAnswer[] = [];
  for (let topics = reader.compactLength(); topics > 0; topics--) {
    reader.skip(16);
    for (let partitions = reader.compactLength(); partitions > 0; partitions--) answers.push(parsePartition(reader));
    reader.tags();
  }
  return answers;
}

function parsePartition(reader: WireReader): FetchAnswer {
  const partition = reader.int32();
  const errorCode = reader.int16();
  reader.skip(8 + 8 + 8);
  for (let aborted = reader.compactLength(); aborted > 0; aborted--) {
    reader.skip(16);
    reader.tags();
  }
  reader.skip(4);
  const bytes = Math.max(0, reader.compactLength());
  const at = reader.skip(bytes);
  reader.tags();
  return { partition, errorCode, ...readBatches(reader.buffer, at, at + bytes) };
}
