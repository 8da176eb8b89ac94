import type { OpenLogOptions } from '@isotherm/log';
import type { ResultSettings } from '@isotherm/records';
import type { Lifecycle, Logger } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';

/** Roles that a process can have. */
export const ROLE_NAMES = ['ingest', 'compute', 'query', 'analytics', 'coordinator'] as const;

/** A role of a process. */
export type RoleName = (typeof ROLE_NAMES)[number];

/** What the modules of a role share. */
export interface RoleContext {
  readonly role: RoleName;
  /** Name of this instance: of a compute shard, the name in the placement. */
  readonly name: string;
  readonly config: Config;
  /** What results depend on where the log is new, and what an existing one has to say; the rest are defaults. */
  readonly settings: Partial<ResultSettings>;
  readonly host: string;
  /** Port of the role's service; 0 for any free one. */
  readonly port: number;
  /** Port of control calls of a compute shard. Default any free one. */
  readonly controlPort?: number;
  /** Port of health and metrics; 0 for any free one. */
  readonly metricsPort: number;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /** A module failed for good: the process is expected to end. */
  readonly failed: (error: unknown) => void;
  /** Fires when the process stops: modules that still wait for something give up. */
  readonly stopping: AbortSignal;
  /** Told after each partition that was brought back. Default does nothing. */
  readonly restored?: (done: number, total: number) => void;
  /** How an embedded log is shared by the threads of this process. Default: it is not, other processes use it. */
  readonly sharedLog?: Pick<OpenLogOptions, 'flushState' | 'takeOver'>;
}
