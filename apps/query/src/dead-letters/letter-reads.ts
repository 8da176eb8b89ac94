import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { DeadLetterFilter, DeadLetterId } from '@isotherm/analytics';
import { StoredKind } from '@isotherm/contracts/compute/v1/compute_service';
import {
  type CountDeadLettersRequest,
  type CountDeadLettersResponse,
  CountDeadLettersResponseSchema,
  type GetDeadLetterRequest,
  type GetDeadLetterResponse,
  GetDeadLetterResponseSchema,
  type ListDeadLettersRequest,
  type ListDeadLettersResponse,
  ListDeadLettersResponseSchema,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import type { ReadToken } from '@isotherm/contracts/type/v1/consistency';
import { IsothermError } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import { decodePageToken, encodePageToken } from '../rpc/page-token.ts';
import { invalidRequest } from '../rpc/validation.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { waitUntilStored } from '../shards/wait-until-stored.ts';
import { letterFilterOf, tenantSeen } from './letter-filter.ts';
import { letterIdsOf, letterIdText } from './letter-id.ts';
import { countMessage, letterMessage } from './letter-message.ts';
import type { LetterStore } from './letter-store.ts';

/** Reads of dead letters. */
export interface LetterReads {
  list(request: ListDeadLettersRequest, call: Call): Promise<ListDeadLettersResponse>;
  count(request: CountDeadLettersRequest, call: Call): Promise<CountDeadLettersResponse>;
  get(request: GetDeadLetterRequest, call: Call): Promise<GetDeadLetterResponse>;
}

/** What {@link createLetterReads} needs. */
export interface LetterReadsDeps {
  readonly store: LetterStore;
  readonly finder: CityFinder;
  readonly router: ShardRouter;
}

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 2000;
/** Of an id, as the store's columns hold it: a page token can be forged. */
const MAX_PARTITION = 0xffff;
const MAX_ROW = 0xffff_ffff;

/** Creates the reads behind DeadLetterService and its URLs. */
export function createLetterReads(deps: LetterReadsDeps): LetterReads {
  const { store, router } = deps;
  const lettersStored = async (token: ReadToken | undefined, call: Call): Promise<void> => {
    if (token !== undefined) await waitUntilStored(router, { token, kind: StoredKind.RECORDS }, call);
  };
  return {
    async list(request, call) {
      const filter = await letterFilterOf(request.filter, deps, call);
      const after = positionOf(request.pageToken, filter);
      await lettersStored(request.readToken, call);
      const limit = Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
      const { letters, goesOn } = await store.page({ filter, limit, after }, call);
      const last = letters.at(-1);
      const nextPageToken = goesOn && last !== undefined ? tokenAfter(last, filter) : '';
      return create(ListDeadLettersResponseSchema, { deadLetters: letters.map(letterMessage), nextPageToken });
    },
    async count(request, call) {
      const filter = await letterFilterOf(request.filter, deps, call);
      await lettersStored(request.readToken, call);
      const counts = await store.counts(filter, call);
      return create(CountDeadLettersResponseSchema, { counts: counts.map(countMessage) });
    },
    async get(request, call) {
      const [id] = request.id === undefined ? [] : letterIdsOf([request.id], 'id');
      if (id === undefined) throw invalidRequest([{ field: 'id', description: 'is required' }]);
      const [letter] = await store.letters({ filter: { ids: [id], ...tenantSeen(call.caller, '') }, limit: 1 }, call);
      if (letter === undefined) throw noSuchLetter(id);
      return create(GetDeadLetterResponseSchema, { deadLetter: letterMessage(letter) });
    },
  };
}

function positionOf(pageToken: string, filter: DeadLetterFilter): DeadLetterId | undefined {
  if (pageToken === '') return undefined;
  const upTo = (most: number) => (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= most;
  const kinds = [upTo(MAX_PARTITION), upTo(Number.MAX_SAFE_INTEGER), upTo(MAX_ROW)];
  const [partition = 0, offset = 0, row = 0] = decodePageToken(letterPageScope(filter), pageToken, kinds);
  return { partition, offset, row };
}

function tokenAfter({ partition, offset, row }: DeadLetterId, filter: DeadLetterFilter): string {
  return encodePageToken(letterPageScope(filter), [partition, offset, row]);
}

/** What has to stay the same from page to page. */
export function letterPageScope(filter: DeadLetterFilter): string {
  return createHash('sha256')
    .update(`dead letters ${JSON.stringify(filter)}`)
    .digest('base64url');
}

function noSuchLetter(id: DeadLetterId): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'DEAD_LETTER_UNKNOWN',
    message: `There is no dead letter ${letterIdText(id)}: it was purged, or it never was one.`,
    advice: 'ListDeadLetters and /v1/dead-letters show which there are.',
    metadata: { id: letterIdText(id) },
  });
}
