import type { ResultSettings } from '@isotherm/records';
import { createLifecycle, createLogger, type WorkerHost } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';
import type { RoleContext, RoleName } from '../roles/role-context.ts';

/** What a thread that runs a role is given. */
export interface RoleThreadData {
  readonly name: string;
  readonly config: Config;
  /** What results depend on where the log is new, and what an existing one has to say. */
  readonly settings: Partial<ResultSettings>;
  readonly host: string;
  readonly port: number;
  /** Tells the threads of this process which commits are flushed. */
  readonly flushState: SharedArrayBuffer;
  /** Where phases are marked for crash tests; undefined for nowhere. */
  readonly phaseLog: string | undefined;
}

/** The context of a role on a thread: failures go to the thread's parent. */
export function threadContext(
  role: RoleName,
  { name, config, settings, host, port, flushState }: RoleThreadData,
  { failed, takeOver = false }: Pick<WorkerHost, 'failed'> & { readonly takeOver?: boolean },
): RoleContext {
  const logger = createLogger({ service: role, level: config.logLevel });
  return {
    role,
    name,
    config,
    settings,
    host,
    port,
    metricsPort: 0,
    logger,
    lifecycle: createLifecycle(`${role} thread`, logger),
    failed,
    stopping: new AbortController().signal,
    sharedLog: { flushState, takeOver },
  };
}
