import { create } from '@bufbuild/protobuf';
import {
  type DeadLetterFilter as FilterMessage,
  type DeadLetterId as IdMessage,
  type PurgeDeadLettersRequest,
  type PurgeDeadLettersResponse,
  PurgeDeadLettersResponseSchema,
  type ReplayDeadLettersRequest,
  type ReplayDeadLettersResponse,
  ReplayDeadLettersResponseSchema,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { IsothermError } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import { invalidRequest } from '../rpc/validation.ts';
import { letterFilterOf, OPEN_STATES } from './letter-filter.ts';
import { letterIdsOf } from './letter-id.ts';
import { countMessage, letterIdMessage } from './letter-message.ts';
import { purgeLetters } from './letter-purge.ts';
import type { LetterReplayer } from './letter-replayer.ts';
import type { LetterSelection } from './letter-selection.ts';
import type { LetterStore } from './letter-store.ts';
import type { SerialQueue } from './serial-queue.ts';

/** Replays and purges that people ask for. */
export interface LetterChanges {
  replay(request: ReplayDeadLettersRequest, call: Call): Promise<ReplayDeadLettersResponse>;
  purge(request: PurgeDeadLettersRequest, call: Call): Promise<PurgeDeadLettersResponse>;
}

/** What {@link createLetterChanges} needs. */
export interface LetterChangesDeps {
  readonly store: LetterStore;
  readonly finder: CityFinder;
  readonly queue: SerialQueue;
  /** Undefined where this server knows no ingest. */
  readonly replayer: LetterReplayer | undefined;
}

/** What says which dead letters a call means. */
interface Selecting {
  readonly ids: readonly IdMessage[];
  readonly filter?: FilterMessage | undefined;
  readonly all: boolean;
}

const ONE_OF =
  'give one of these: ids, a filter with more than states, or all: true for every dead letter (of the states and tenant that a filter names)';

const DEFAULT_LIMIT = 10_000;

/** Creates them. One runs at a time, retries of the platform included. */
export function createLetterChanges(deps: LetterChangesDeps): LetterChanges {
  const { store, queue, replayer } = deps;

  async function selectionOf({ ids, filter, all }: Selecting, limit: number, call: Call): Promise<LetterSelection> {
    const asked = await letterFilterOf(filter, deps, call);
    const narrows = Object.keys(asked).some((name) => name !== 'states' && name !== 'tenant');
    const names = narrows || (filter?.tenant ?? '') !== '';
    if (ids.length > 0) {
      if (filter !== undefined || all) throw invalidRequest([{ field: 'ids', description: ONE_OF }]);
      return { kind: 'ids', ids: letterIdsOf(ids, 'ids') };
    }
    if (all ? narrows : !names) throw invalidRequest([{ field: all ? 'all' : 'filter', description: ONE_OF }]);
    return { kind: 'filter', limit, filter: { ...asked, states: asked.states ?? OPEN_STATES } };
  }

  return {
    async replay(request, call) {
      if (replayer === undefined) throw withoutIngest();
      const selection = await selectionOf(request, request.limit || DEFAULT_LIMIT, call);
      const { dryRun } = request;
      const outcome = await queue.run(call.signal, () => replayer.replay(selection, call, { dryRun }));
      const { replayed, refused, refusals, readToken, more, matched } = outcome;
      return create(ReplayDeadLettersResponseSchema, {
        replayed: BigInt(replayed),
        refused: BigInt(refused),
        refusals: refusals.map(({ id, reason, message }) => ({ id: letterIdMessage(id), reason, message })),
        ...(readToken !== undefined && { readToken }),
        more,
        matched: matched.map(countMessage),
      });
    },
    async purge(request, call) {
      const selection = await selectionOf(request, Number.POSITIVE_INFINITY, call);
      const purge = { selection, dryRun: request.dryRun };
      const { purged, matched } = await queue.run(call.signal, () => purgeLetters(store, purge, call));
      return create(PurgeDeadLettersResponseSchema, { purged: BigInt(purged), matched: matched.map(countMessage) });
    },
  };
}

function withoutIngest(): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'REPLAY_NOT_SET_UP',
    message: 'This server knows no ingest, so that it cannot replay.',
    advice: 'Start it with the address of ingest (setting ingestAddress).',
    metadata: { setting: 'ingestAddress' },
  });
}
