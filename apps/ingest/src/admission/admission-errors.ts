import { IsothermError } from '@isotherm/service-kit';

/** Each way to be refused for having sent too much: its stable id, and the setting that holds the limit. */
export const ADMISSION_REFUSALS = {
  TENANT_RATE_EXCEEDED: 'maxObservationsPerSecond',
  TENANT_BYTES_EXCEEDED: 'maxBytesPerSecond',
  TENANT_IN_FLIGHT_EXCEEDED: 'maxBytesInFlight',
  TENANT_STREAMS_EXCEEDED: 'maxStreams',
  CONNECTION_BYTES_EXCEEDED: 'maxBytesPerSecondPerConnection',
  CONNECTION_STREAMS_EXCEEDED: 'maxStreamsPerConnection',
  INGEST_BUSY: 'maxPendingBytes',
} as const;

/** How long a caller waits that was refused for lack of room, in ms. */
export const ROOM_RETRY_MS = 100;

/** Stable id of a refusal. */
export type AdmissionRefusal = keyof typeof ADMISSION_REFUSALS;

/** What was asked of whom, and what is allowed. */
export interface RefusalFacts {
  /** Default none: not the tenant's limit. */
  readonly tenant?: string;
  readonly limit: number;
  /** What the call would have led to, in the unit of the limit; of a rate, what is owed already. */
  readonly value: number;
  readonly retryAfterMs: number;
}

/** The sentence a caller reads. */
const SENTENCES: Readonly<Record<AdmissionRefusal, (facts: RefusalFacts) => string>> = {
  TENANT_RATE_EXCEEDED: ({ tenant, limit }) =>
    `Tenant ${tenant} has sent more than its ${limit} observations a second; nothing of the batch was kept.`,
  TENANT_BYTES_EXCEEDED: ({ tenant, limit }) =>
    `Tenant ${tenant} has sent more than its ${limit} bytes a second; nothing of the batch was kept.`,
  TENANT_IN_FLIGHT_EXCEEDED: ({ tenant, limit, value }) =>
    `About ${value} of at most ${limit} bytes of tenant ${tenant} would wait to become durable; nothing of the batch was kept.`,
  TENANT_STREAMS_EXCEEDED: ({ tenant, limit }) => `Tenant ${tenant} has its ${limit} streams open already.`,
  CONNECTION_BYTES_EXCEEDED: ({ limit }) =>
    `This connection has sent more than its ${limit} bytes a second; nothing of the batch was kept.`,
  CONNECTION_STREAMS_EXCEEDED: ({ limit }) => `This connection has its ${limit} streams open already.`,
  INGEST_BUSY: ({ limit, value }) =>
    `About ${value} of at most ${limit} bytes would wait to become durable; nothing of the batch was kept.`,
};

const ADVICE: Readonly<Record<AdmissionRefusal, string>> = {
  TENANT_RATE_EXCEEDED: 'Send it again then under the same sequence, send less, or ask for a higher limit.',
  TENANT_BYTES_EXCEEDED: 'Send it again then under the same sequence, send less, or ask for a higher limit.',
  TENANT_IN_FLIGHT_EXCEEDED: 'Wait for acks, then send it again under the same sequence.',
  TENANT_STREAMS_EXCEEDED: 'Close streams, or send more over each of them.',
  CONNECTION_BYTES_EXCEEDED: 'Send it again then under the same sequence, or open another connection.',
  CONNECTION_STREAMS_EXCEEDED: 'Send more over each stream, or open another connection.',
  INGEST_BUSY: 'Send it again later under the same sequence, or raise maxPendingBytes of ingest.',
};

/** A call or batch that is refused before anything of it is read or kept. */
export function admissionRefused(id: AdmissionRefusal, facts: RefusalFacts): IsothermError {
  const setting = ADMISSION_REFUSALS[id];
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id,
    message: SENTENCES[id](facts),
    advice: ADVICE[id],
    retryAfterMs: facts.retryAfterMs,
    metadata: {
      setting,
      limit: String(facts.limit),
      value: String(Math.ceil(facts.value)),
      ...(facts.tenant === undefined ? {} : { tenant: facts.tenant }),
    },
  });
}
