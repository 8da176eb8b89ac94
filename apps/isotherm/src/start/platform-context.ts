import type { Health, Lifecycle, Logger } from '@isotherm/service-kit';
import type { DataDirectory } from './data-directory.ts';
import type { InternalCredentials } from './internal-credentials.ts';
import type { StartOptions } from './start-options.ts';

/** What the modules of the platform in one process share. */
export interface PlatformContext {
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** Tells people who wait what is coming up. */
  readonly progress: (what: string) => void;
  /** A module failed for good. */
  readonly failed: (error: Error) => void;
  /** Metrics of every thread in Prometheus' text format. */
  readonly expositions: (() => Promise<string>)[];
  /** How the platform's internal calls get into ingest. */
  readonly internal: InternalCredentials;
  /** Tells the threads of this process which commits are flushed. */
  readonly flushState: SharedArrayBuffer;
}

/** What supervising threads needs besides. */
export interface SupervisionContext extends PlatformContext {
  readonly health: Pick<Health, 'set'>;
}
