export type { IngestLimits } from './ingest-options.ts';
export type { IngestStats } from './ingest-stats.ts';
export {
  type IngestOptions,
  type IngestService,
  type InnerAddress,
  type ListenAddress,
  startIngest,
} from './start-ingest.ts';
