import { RETRY_DEFAULTS, type RetryOptions } from '@isotherm/domain';
import type { ServiceTls } from '@isotherm/service-kit';

/** Options of a compute shard, all resolved. */
export interface ShardOptions {
  /** Interface of hot reads. Default 127.0.0.1. */
  readonly host: string;
  /** Port of hot reads; 0 for any. Default 0. */
  readonly port: number;
  /** Port of control calls; 0 for any, undefined for none: then nobody moves partitions of this shard. Default undefined. */
  readonly controlPort: number | undefined;
  /** Certificates, where calls are encrypted: hot reads are for query and those who move partitions, control calls for the latter. Default plain text. */
  readonly tls: ServiceTls | undefined;
  /** Time between two checkpoints in ms. Default 10,000. */
  readonly checkpointIntervalMs: number;
  /** Segments of a partition after which everything is written anew. Default 30. */
  readonly maxSegments: number;
  /** Time between two writes to the analytical store in ms. Default 1,000. */
  readonly storeIntervalMs: number;
  /** Minute rows of one insert, about. Default 131,072. */
  readonly rowsPerInsert: number;
  /** Whether raw observations are stored. Default true. */
  readonly storeRaw: boolean;
  /** When a dead letter that failed again is tried once more. Default {@link RETRY_DEFAULTS}. */
  readonly deadLetterRetry: RetryOptions;
}

const DEFAULTS: ShardOptions = {
  host: '127.0.0.1',
  port: 0,
  controlPort: undefined,
  tls: undefined,
  checkpointIntervalMs: 10_000,
  maxSegments: 30,
  storeIntervalMs: 1_000,
  rowsPerInsert: 131_072,
  storeRaw: true,
  deadLetterRetry: RETRY_DEFAULTS,
};

/** Fills in the defaults. */
export function resolveShardOptions(options: Partial<ShardOptions>): ShardOptions {
  return { ...DEFAULTS, ...options };
}
