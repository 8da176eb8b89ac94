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

/** Time between two registrations in ms. */
const INTERVAL_MS = 1_000;

/** Registers the process with the coordinator, again and again until the signal aborts. A coordinator that is away is waited for: the placement stands. */
export async function keepRegistered(deps: KeepRegisteredDeps, member: Member, signal: AbortSignal): Promise<void> {
  const { client, logger, runtime } = deps;
  const role = member.role === 'query' ? MemberRole.QUERY : MemberRole.COMPUTE;
  let failing = false;
  while (!signal.aborted) {
    try {
      const { table } = await client.register({ ...member, role });
      if (failing) logger.info({}, 'The coordinator answers again');
      failing = false;
      if (table !== undefined) deps.onTable(table);
    } catch (error) {
      if (error instanceof IsothermError && error.code === 'FAILED_PRECONDITION') {
        deps.superseded(error);
        return;
      }
      if (!failing)
        logger.warn(
          { err: error, advice: 'The placement stands; it is tried again each second.' },
          'The coordinator does not answer',
        );
      failing = true;
    }
    await runtime.sleep(INTERVAL_MS, signal);
  }
}
