import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetterFilter, DeadLetterState } from '@isotherm/analytics';
import {
  type DeadLetterFilter as FilterMessage,
  DeadLetterState as StateMessage,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { type Caller, IsothermError, permissionMissing, seesAllTenants } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import { letterIdsOf } from './letter-id.ts';

const STATES: Readonly<Record<Exclude<StateMessage, StateMessage.UNSPECIFIED>, DeadLetterState>> = {
  [StateMessage.WAITING]: 'waiting',
  [StateMessage.PARKED]: 'parked',
  [StateMessage.REPLAYED]: 'replayed',
};

/** What does not count yet: all that a replay or purge means unless it is told otherwise. */
export const OPEN_STATES: readonly DeadLetterState[] = ['waiting', 'parked'];

/** The message of a state. */
export function stateMessage(state: DeadLetterState): StateMessage {
  switch (state) {
    case 'waiting':
      return StateMessage.WAITING;
    case 'parked':
      return StateMessage.PARKED;
    case 'replayed':
      return StateMessage.REPLAYED;
    case 'purged':
      return StateMessage.UNSPECIFIED;
  }
}

/** A request's filter as the store has it. */
export async function letterFilterOf(
  filter: FilterMessage | undefined,
  deps: { readonly finder: CityFinder },
  call: Call,
): Promise<DeadLetterFilter> {
  const tenant = tenantSeen(call.caller, filter?.tenant ?? '');
  if (filter === undefined) return tenant;
  const { reasons, states, city, producerId, ids } = filter;
  return {
    ...tenant,
    ...(reasons.length > 0 && { reasons }),
    ...(states.length > 0 && { states: states.flatMap((state) => (state === 0 ? [] : [STATES[state]])) }),
    ...(city !== '' && { cityId: await cityIdOf(city, deps.finder, call) }),
    ...(producerId !== '' && { producerId }),
    ...instant('observedFromMs', filter.observeStartTime),
    ...instant('observedToMs', filter.observeEndTime),
    ...instant('seenFromMs', filter.seenStartTime),
    ...instant('seenToMs', filter.seenEndTime),
    ...(ids.length > 0 && { ids: letterIdsOf(ids, 'filter.ids') }),
  };
}

/**
 * The tenant whose letters the caller is shown: an operator may choose, others see their own.
 * @throws PERMISSION_MISSING
 */
export function tenantSeen(caller: Caller, asked: string): Pick<DeadLetterFilter, 'tenant'> {
  if (seesAllTenants(caller)) return asked === '' ? {} : { tenant: asked };
  if (asked !== '' && asked !== caller.tenant) throw permissionMissing(caller.tenant, 'operate');
  return { tenant: caller.tenant };
}

/** A city of which every reading was rejected is known to nobody: then the text is its id. */
async function cityIdOf(text: string, finder: CityFinder, call: Call): Promise<string> {
  try {
    return (await finder.resolve(text, call)).cityId;
  } catch (error) {
    if (error instanceof IsothermError && !call.signal.aborted) return text;
    throw error;
  }
}

function instant(name: string, at: Timestamp | undefined) {
  return at === undefined ? {} : { [name]: timestampMs(at) };
}
