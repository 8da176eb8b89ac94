/** What tests and tools of the platform take apart. */
export { createCityRegistry } from './cities/city-registry.ts';
export { createGroupCommitter, type GroupCommitter } from './commit/group-committer.ts';
export { createIngestEngine, type IngestEngine, type IngestEngineDeps } from './ingest-engine.ts';
export { resolveIngestLimits } from './ingest-options.ts';
export type { CallContext } from './rpc/call-context.ts';
export { createReplayHandler } from './rpc/replay-call.ts';
export { createStreamCalls, type StreamCalls } from './rpc/stream-call.ts';
export { createUnaryHandler } from './rpc/unary-call.ts';
export { createSeenBatches } from './seen-batches.ts';
