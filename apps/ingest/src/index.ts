export type { IngestLimits } from './ingest-options.ts';
export type { IngestStats } from './ingest-stats.ts';
export {
  type IngestOptions,
  type IngestService,
  type InternalAddress,
  type ListenAddress,
  startIngest,
} from './start-ingest.ts';
