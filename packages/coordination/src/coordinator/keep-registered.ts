import type { PlacementTable } from '@isotherm/contracts/compute/v1/control_service';
import { MemberRole } from '@isotherm/contracts/coordinator/v1/coordinator_service';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';
import type { CoordinatorClient } from '../rpc/coordinator-client.ts';
import type { Member } from './members.ts';

/** What registering needs. */
export interface KeepRegisteredDeps {
  readonly client: Pick<CoordinatorClient, 'register'>;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Told the table with every answer that has one: also one it knows already. */
  readonly onTable: (table: PlacementTable) => void;
  /** Another process of this name has taken its place: this one is expected to end. */
  readonly superseded: (error: IsothermError) => void;
}

/** A process that registers again and again. */
export interface Registration {
  /** Registers now, for what it answers. */
  refresh(): void;
  /** Says that the process is about to end. @returns whether the coordinator knows */
  leave(): Promise<boolean>;
  /** Registers no more. Idempotent. */
  stop(): void;
}

/** Time between two registrations in ms. */
const INTERVAL_MS = 1_000;
/** Registrations that were asked for are at least so far apart. */
const REFRESH_MS = 50;

/** Registers the process with the coordinator until it is stopped. A coordinator that is away is waited for: the placement stands. */
export function keepRegistered(deps: KeepRegisteredDeps, member: Omit<Member, 'leaving'>): Registration {
  const { client, logger, runtime } = deps;
  const stopping = new AbortController();
  const role = member.role === 'query' ? MemberRole.QUERY : MemberRole.COMPUTE;
  let failing = false;
  let leaving = false;
  let wake = new AbortController();

  async function register(): Promise<boolean> {
    try {
      const { table } = await client.register({ ...member, role, leaving });
      if (failing) logger.info({}, 'The coordinator answers again');
      failing = false;
      if (table !== undefined) deps.onTable(table);
      return true;
    } catch (error) {
      if (error instanceof IsothermError && error.code === 'FAILED_PRECONDITION') {
        stopping.abort();
        deps.superseded(error);
        return false;
      }
      const advice = 'The placement stands; it is tried again each second.';
      if (!failing) logger.warn({ err: error, advice }, 'The coordinator does not answer');
      failing = true;
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await register();
      await runtime.sleep(REFRESH_MS, stopping.signal);
      await runtime.sleep(INTERVAL_MS - REFRESH_MS, AbortSignal.any([stopping.signal, wake.signal]));
      if (wake.signal.aborted) wake = new AbortController();
    }
  }

  void run();
  return {
    refresh: () => wake.abort(),
    leave() {
      leaving = true;
      return register();
    },
    stop: () => stopping.abort(),
  };
}
