import type { ResultSettings } from '@isotherm/records';
import {
  createLifecycle,
  createLogger,
  type LogLevel,
  requireSections,
  startServiceGroup,
} from '@isotherm/service-kit';
import { type Config, readConfigFile } from '@isotherm/service-kit/config';
import { ROLE_SECTIONS, ROLES, roleModules } from '../modules.ts';
import { createProcessEnd } from '../start/process-end.ts';
import type { RoleContext, RoleName } from './role-context.ts';

/** What the command line says of a role. */
export interface RoleFlags {
  readonly config: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly controlPort?: number;
  readonly logLevel?: LogLevel;
}

/** Stopping takes less than the 20 s after which orchestrators kill. */
const STOP_LIMIT_MS = 19_000;

/** Runs a role until a signal or a failure ends it. */
export async function runRole(role: RoleName, flags: RoleFlags): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const end = createProcessEnd({ stopLimitMs: STOP_LIMIT_MS });
  try {
    const { config } = readConfigFile(flags.config);
    requireSections(config, role, ROLE_SECTIONS[role]);
    const logger = createLogger({ service: role, level: flags.logLevel ?? config.logLevel });
    const lifecycle = createLifecycle(role, logger);
    const context: RoleContext = {
      role,
      name: flags.name,
      config,
      settings: resultSettingsOf(config),
      host: flags.host,
      port: flags.port,
      ...(flags.controlPort !== undefined && { controlPort: flags.controlPort }),
      metricsPort: flags.metricsPort,
      logger,
      lifecycle,
      stopping: stopping.signal,
      failed(error) {
        if (lifecycle.state === 'draining' || lifecycle.state === 'stopped') return;
        lifecycle.moveTo('failed', error instanceof Error ? error.message : String(error));
        end.fail(error);
        stop();
      },
    };
    const group = await startServiceGroup(roleModules(context), ROLES[role], { logger });
    if (lifecycle.state === 'starting') lifecycle.moveTo('ready');
    const { health, ingest, compute, query, analyticsServer, coordinator } = group.values;
    const at = ingest?.address;
    const other = compute ?? query ?? analyticsServer ?? coordinator;
    const address = at === undefined ? other?.address : `${at.host}:${at.port}`;
    logger.info({ role, name: flags.name, address, metricsAddress: health.address }, 'Service is ready');
    if (!stopping.signal.aborted) {
      await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    end.limit(() => logger.warn({ advice: 'The next start goes on from it.' }, 'Stopped with work left to do'));
    if (lifecycle.state === 'ready') lifecycle.moveTo('draining');
    await group.close();
    if (lifecycle.state === 'draining') lifecycle.moveTo('stopped');
  } catch (error) {
    // Whoever stops a service that still waits wants no error.
    if (!stopping.signal.aborted) end.fail(error);
  }
  end.leave();
}

/** What results depend on, as far as the configuration says it. */
function resultSettingsOf({ formula, windows }: Config): Partial<ResultSettings> {
  return {
    formula,
    outOfOrdernessMs: windows.outOfOrdernessSeconds * 1000,
    allowedLatenessMs: windows.allowedLatenessSeconds * 1000,
  };
}
