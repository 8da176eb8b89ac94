import {
  type DeadLetterCount as CountMessage,
  DeadLetterReasonSchema,
  DeadLetterStateSchema,
  RefusalReason,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { errorFromConnect } from '../errors/from-connect.ts';
import type { ReadToken } from '../ingest/batch-result.ts';
import type { Api } from './api-transport.ts';
import { type CallOptions, connectOptions } from './call-options.ts';
import { tokenMessage } from './current.ts';
import {
  type DeadLetter,
  type DeadLetterId,
  type DeadLetterReasonName,
  type DeadLetterState,
  letterIdOf,
  letterOf,
  reasonName,
  stateName,
} from './dead-letter.ts';
import { enumOf } from './enum-of.ts';
import { dateOf, timestampOf } from './instants.ts';

/** Which dead letters; what is left out does not restrict. */
export interface DeadLetterFilter {
  readonly reasons?: readonly DeadLetterReasonName[];
  /** Id or name. */
  readonly city?: string;
  /** Default any; for a replay or purge WAITING and PARKED. */
  readonly states?: readonly DeadLetterState[];
  /** Default: of every tenant that the token may see. */
  readonly tenant?: string;
  readonly producerId?: string;
  /** When the reading was taken: from included, to not. */
  readonly observeStartTime?: Date | number;
  readonly observeEndTime?: Date | number;
  /** When it first arrived: from included, to not. */
  readonly seenStartTime?: Date | number;
  readonly seenEndTime?: Date | number;
  /** At most 2,000. */
  readonly ids?: readonly DeadLetterId[];
}

/** Letters of one reason and state. */
export interface DeadLetterCount {
  readonly reason: DeadLetterReasonName;
  readonly state: DeadLetterState;
  readonly count: number;
  readonly oldestSeenTime: Date;
  readonly newestSeenTime: Date;
}

/**
 * Dead letters to act upon: named, at most 10,000; selected by a filter that sets more than states; or all of them,
 * with or without states.
 */
export type DeadLetterSelection =
  | { readonly ids: readonly DeadLetterId[]; readonly filter?: undefined; readonly all?: false }
  | { readonly filter: DeadLetterFilter; readonly ids?: undefined; readonly all?: false }
  | { readonly all: true; readonly filter?: Pick<DeadLetterFilter, 'states'>; readonly ids?: undefined };

/** What a replay sent. Whether the letters count now is known once they are applied: list them with the read token. */
export interface DeadLetterReplay {
  /** Letters in the log; in a dry run, that would be. */
  readonly replayed: number;
  readonly refused: number;
  /** The first letters that were not replayed, at most 100. */
  readonly refusals: readonly {
    readonly id: DeadLetterId;
    readonly reason: keyof typeof RefusalReason;
    readonly message: string;
  }[];
  /** Undefined if nothing was appended. */
  readonly readToken: ReadToken | undefined;
  /** Whether the limit kept letters out. */
  readonly more: boolean;
  /** What was selected, refused letters included. */
  readonly matched: readonly DeadLetterCount[];
}

/** What a purge threw away. */
export interface DeadLetterPurge {
  /** Dead letters thrown away; in a dry run, that would be. */
  readonly purged: number;
  /** What was selected. */
  readonly matched: readonly DeadLetterCount[];
}

/** Dead letters: what was rejected, late or in conflict. */
export interface DeadLetters {
  /** Letters in the order in which they entered the log, fetched page by page. Default pageSize 100, at most 2,000. */
  list(options?: ListDeadLettersOptions): AsyncGenerator<DeadLetter, void>;
  /** By reason and state. */
  count(
    options?: CallOptions & { readonly filter?: DeadLetterFilter; readonly readToken?: ReadToken },
  ): Promise<readonly DeadLetterCount[]>;
  /** One letter. NOT_FOUND if it was purged or never was. */
  get(id: DeadLetterId, options?: CallOptions): Promise<DeadLetter>;
  /** Sends letters into the log again; each counts once, however often. `limit` is for filters; default 10,000. */
  replay(
    selection: DeadLetterSelection,
    options?: CallOptions & { readonly dryRun?: boolean; readonly limit?: number },
  ): Promise<DeadLetterReplay>;
  /** Throws letters away for good. */
  purge(
    selection: DeadLetterSelection,
    options?: CallOptions & { readonly dryRun?: boolean },
  ): Promise<DeadLetterPurge>;
}

/** What a list may ask for. */
export interface ListDeadLettersOptions extends CallOptions {
  readonly filter?: DeadLetterFilter;
  readonly pageSize?: number;
  /** From a send or replay: the pages see what became of its rows, or the call fails with DEADLINE_EXCEEDED. */
  readonly readToken?: ReadToken;
}

/** The dead letters behind an API. */
export function createDeadLetters(api: Api): DeadLetters {
  const guard = <T>(call: Promise<T>) =>
    call.catch((error: unknown) => {
      throw errorFromConnect(error, api.target);
    });
  return {
    async *list(options = {}) {
      const { filter = {}, pageSize = 0, readToken } = options;
      const request = {
        filter: filterMessage(filter),
        pageSize,
        ...(readToken && { readToken: tokenMessage(readToken) }),
      };
      let pageToken = '';
      do {
        const page = await guard(api.deadLetters.listDeadLetters({ ...request, pageToken }, connectOptions(options)));
        yield* page.deadLetters.map(letterOf);
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
    },
    async count(options = {}) {
      const { filter = {}, readToken } = options;
      const request = { filter: filterMessage(filter), ...(readToken && { readToken: tokenMessage(readToken) }) };
      const { counts } = await guard(api.deadLetters.countDeadLetters(request, connectOptions(options)));
      return counts.map(countOf);
    },
    async get(id, options = {}) {
      const { deadLetter: letter } = await guard(api.deadLetters.getDeadLetter({ id }, connectOptions(options)));
      // The contract: an answer has its letter.
      return letterOf(letter!);
    },
    async replay(selection, options = {}) {
      const { dryRun = false, limit = 0 } = options;
      const request = { ...selectionMessage(selection), dryRun, limit };
      const answer = await guard(api.deadLetters.replayDeadLetters(request, connectOptions(options)));
      return {
        replayed: Number(answer.replayed),
        refused: Number(answer.refused),
        refusals: answer.refusals.map(({ id, reason, message }) => ({
          id: letterIdOf(id),
          reason: (RefusalReason[reason] ?? 'UNSPECIFIED') as keyof typeof RefusalReason,
          message,
        })),
        readToken: answer.readToken,
        more: answer.more,
        matched: answer.matched.map(countOf),
      };
    },
    async purge(selection, options = {}) {
      const request = { ...selectionMessage(selection), dryRun: options.dryRun ?? false };
      const { purged, matched } = await guard(api.deadLetters.purgeDeadLetters(request, connectOptions(options)));
      return { purged: Number(purged), matched: matched.map(countOf) };
    },
  };
}

function selectionMessage({ ids = [], filter, all = false }: DeadLetterSelection) {
  return { ids: [...ids], all, ...(filter !== undefined && { filter: filterMessage(filter) }) };
}

function filterMessage(filter: DeadLetterFilter) {
  const { reasons = [], states = [], city = '', tenant = '', producerId = '', ids = [] } = filter;
  const { observeStartTime, observeEndTime, seenStartTime, seenEndTime } = filter;
  return {
    reasons: reasons.map((reason) => enumOf(DeadLetterReasonSchema, 'filter.reasons', reason)),
    states: states.map((state) => enumOf(DeadLetterStateSchema, 'filter.states', state)),
    city,
    tenant,
    producerId,
    ids: [...ids],
    ...(observeStartTime !== undefined && {
      observeStartTime: timestampOf('filter.observe_start_time', observeStartTime),
    }),
    ...(observeEndTime !== undefined && { observeEndTime: timestampOf('filter.observe_end_time', observeEndTime) }),
    ...(seenStartTime !== undefined && { seenStartTime: timestampOf('filter.seen_start_time', seenStartTime) }),
    ...(seenEndTime !== undefined && { seenEndTime: timestampOf('filter.seen_end_time', seenEndTime) }),
  };
}

function countOf(message: CountMessage): DeadLetterCount {
  return {
    reason: reasonName(message.reason),
    state: stateName(message.state),
    count: Number(message.count),
    oldestSeenTime: dateOf(message.oldestSeenTime),
    newestSeenTime: dateOf(message.newestSeenTime),
  };
}
