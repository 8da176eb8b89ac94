import { protocolErrorsCodesById } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { batchFailure } from './batch-failure.ts';
import { PartitionLane } from './partition-lane.ts';

const batch = { lane: new PartitionLane(3, { depth: 3, maxBatchBytes: 100 }), values: [new Uint8Array(500)] };
const failure = (errorCode: number) =>
  batchFailure(
    { partition: 3, errorCode, baseOffset: -1, appendMs: -1, message: undefined },
    { batch, maxBatchBytes: 100 },
  );

it('says that a batch was not appended only for the errors that a broker gives before it appends', () => {
  const certain = Object.entries(protocolErrorsCodesById)
    .filter(([code]) => Number(code) !== 0 && !failure(Number(code)).perhapsKept)
    .map(([, name]) => name);
  expect(certain.sort()).toEqual([
    'CLUSTER_AUTHORIZATION_FAILED',
    'INVALID_PRODUCER_EPOCH',
    'INVALID_RECORD',
    'INVALID_TOPIC_EXCEPTION',
    'MESSAGE_TOO_LARGE',
    'NOT_ENOUGH_REPLICAS',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'PRODUCER_FENCED',
    'RECORD_LIST_TOO_LARGE',
    'TOPIC_AUTHORIZATION_FAILED',
    'UNKNOWN_PRODUCER_ID',
  ]);
});

it('says perhaps where there is no answer', () => {
  expect(batchFailure(undefined, { batch, maxBatchBytes: 100 })).toMatchObject({ kind: 'again', perhapsKept: true });
});

it('names the limit and the size of what is too large', () => {
  expect(failure(10)).toMatchObject({
    kind: 'final',
    error: { id: 'LOG_RECORD_TOO_LARGE', metadata: { partition: '3', maxBytes: '100' } },
  });
});
