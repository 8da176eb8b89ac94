/** What tools of the platform take apart. No part of the published package, and no promise to anybody. */
export type { ClientRuntime } from './client-runtime.ts';
export { DEFAULT_RETRY_POLICY } from './errors/retry-policy.ts';
export type { IngestChannel } from './ingest/ingest-channel.ts';
export { createObservationStream, type ObservationStream } from './ingest/observation-stream.ts';
export { createSendWindow, MAX_IN_FLIGHT } from './ingest/send-window.ts';
export { createUnarySender } from './ingest/unary-sender.ts';
