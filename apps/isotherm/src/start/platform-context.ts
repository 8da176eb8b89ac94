import type { Lifecycle, Logger } from '@isotherm/service-kit';
import type { DataDirectory } from './data-directory.ts';
import type { OwnAccess } from './own-access.ts';
import type { StartOptions } from './start-options.ts';

/** What the parts of the platform share while they are being put together. */
export interface PlatformContext {
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** Tells people who wait what is coming up. */
  readonly progress: (what: string) => void;
  /** A part failed for good. */
  readonly failed: (error: Error) => void;
  /** What must be closed at the end, the newest first. */
  readonly closers: (() => Promise<unknown> | unknown)[];
  /** Readiness by part, as probes see it. */
  readonly ready: Record<string, boolean>;
  /** Metrics of every thread in Prometheus' text format. */
  readonly expositions: (() => Promise<string>)[];
  /** How the platform's own calls get into ingest. */
  readonly own: OwnAccess;
  /** Tells the threads of this process which commits are flushed. */
  readonly flushState: SharedArrayBuffer;
}

/** Closes what was opened, the newest first; what fails to close does not keep the rest open. */
export async function closeAll({ closers, logger }: Pick<PlatformContext, 'closers' | 'logger'>): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      logger.error({ err: error, advice: 'What it held is in log and checkpoint.' }, 'A part did not stop cleanly');
    }
  }
}
