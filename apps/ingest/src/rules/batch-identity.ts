import { getOption } from '@bufbuild/protobuf';
import { field as fieldRules } from '@isotherm/contracts/buf/validate';
import { BatchIdentitySchema } from '@isotherm/contracts/ingest/v1/ingest_service';
import type { FieldViolation } from '@isotherm/service-kit';
import type { BatchIdentityFacts } from '../staging/batch-part.ts';
import { BATCH_LIFETIME_MS, MAX_AHEAD_MS } from './observation-rules.ts';

/** Longest producer id, from the schema. */
const MAX_PRODUCER_BYTES = readMaxProducerBytes();

/** What is wrong with a batch's identity. Without a producer nothing of it matters. */
export function identityViolations(identity: BatchIdentityFacts, nowMs: number): FieldViolation[] {
  const { producerId, sequence, createdUnixMs } = identity;
  if (producerId === '') return [];
  const violations = producerViolations(producerId);
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    violations.push({
      field: 'batch.sequence',
      description: `sequence is ${sequence}; it starts at 1, rises by one a batch and stays below 2^53.`,
    });
  }
  if (createdUnixMs <= 0) {
    violations.push({
      field: 'batch.create_time',
      description: 'create_time is required with a producer_id; send the time when the batch was made.',
    });
  } else if (createdUnixMs > nowMs + MAX_AHEAD_MS) {
    violations.push({
      field: 'batch.create_time',
      description: `create_time is ${createdUnixMs - nowMs} ms ahead; at most 5 minutes are taken: check the producer's clock.`,
    });
  }
  return violations;
}

/** What is wrong with a producer id. */
export function producerViolations(producerId: string): FieldViolation[] {
  const bytes = Buffer.byteLength(producerId, 'utf8');
  if (bytes <= MAX_PRODUCER_BYTES) return [];
  return [
    {
      field: 'batch.producer_id',
      description: `producer_id has ${bytes} bytes; it has at most ${MAX_PRODUCER_BYTES}: send a shorter one.`,
    },
  ];
}

/** Whether a batch came too late to be told from one that was counted already. */
export function isExpired({ producerId, createdUnixMs }: BatchIdentityFacts, nowMs: number): boolean {
  return producerId !== '' && nowMs - createdUnixMs > BATCH_LIFETIME_MS;
}

function readMaxProducerBytes(): number {
  const { type } = getOption(BatchIdentitySchema.field.producerId, fieldRules);
  if (type.case !== 'string') throw new Error('producer_id has no rules for text in the schema');
  return Number(type.value.maxBytes);
}
