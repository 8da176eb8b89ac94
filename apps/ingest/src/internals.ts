/** What tests and tools of the platform take apart. */
export { type IngestEngine, type IngestEngineDeps, startIngestEngine } from './ingest-engine.ts';
export type { CallContext } from './rpc/call-context.ts';
export { createStreamCalls, type StreamCalls } from './rpc/stream-call.ts';
export { createUnaryHandler } from './rpc/unary-call.ts';
