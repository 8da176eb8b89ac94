import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { DeadLetterCount, DeadLetterId, StoredDeadLetter } from '@isotherm/analytics';
import { RefusalReason } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import type { ReplayResponse, ReplayRowSchema } from '@isotherm/contracts/ingest/v1/replay_service';
import { type ReadToken, ReadTokenSchema } from '@isotherm/contracts/type/v1/consistency';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError } from '@isotherm/service-kit';
import type { Call } from '../call.ts';
import { createLetterCounts, type LetterCounts } from './letter-counts.ts';
import { observationOf } from './letter-message.ts';
import { type LetterSelection, letterPages } from './letter-selection.ts';
import type { LetterStore } from './letter-store.ts';
import type { ReplayPort } from './replay-port.ts';

/** A letter that is not replayed, and why. */
export interface LetterRefusal {
  readonly id: DeadLetterId;
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What became of a selection. */
export interface ReplayOutcome {
  /** Letters in the log; in a dry run, that would be. */
  readonly replayed: number;
  readonly refused: number;
  /** The first of them. */
  readonly refusals: readonly LetterRefusal[];
  /** Undefined if nothing was appended. */
  readonly readToken: ReadToken | undefined;
  /** Whether the limit kept letters out. */
  readonly more: boolean;
  /** What was selected, refused letters included. */
  readonly matched: readonly DeadLetterCount[];
}

/** Sends letters back into the log, in order, a page after the other. */
export interface LetterReplayer {
  replay(selection: LetterSelection, call: Call, options?: { readonly dryRun?: boolean }): Promise<ReplayOutcome>;
}

/** Refusals that are named. */
const MAX_NAMED = 100;

/** Replays of a letter that a record can number. */
const MAX_ATTEMPTS = 0xffff;

/** Creates a replayer. It does not keep others from running beside it: see `SerialQueue`. */
export function createLetterReplayer(
  deps: { readonly store: LetterStore; readonly port: ReplayPort; readonly runtime: Pick<Runtime, 'sleep'> },
  options: { readonly incarnation: string },
): LetterReplayer {
  const { store, port, runtime } = deps;

  /** Sends a page, again and again while ingest says when to come back and the call has that long. */
  async function append(
    rows: readonly MessageInitShape<typeof ReplayRowSchema>[],
    call: Call,
  ): Promise<ReplayResponse> {
    for (;;) {
      try {
        return await port.replay(rows, call);
      } catch (error) {
        const waitMs = error instanceof IsothermError ? error.retryAfterMs : undefined;
        if (waitMs === undefined || Date.now() + waitMs >= call.deadlineMs) throw error;
        await runtime.sleep(waitMs, call.signal);
        call.signal.throwIfAborted();
      }
    }
  }

  async function send(
    letters: readonly (readonly [StoredDeadLetter, Observation])[],
    tally: Tally,
    call: Call,
  ): Promise<void> {
    if (letters.length === 0) return;
    const rows = letters.map(([letter, observation]) => rowOf(letter, observation));
    const { appended, refused, readToken } = await append(rows, call);
    tally.replayed += appended;
    for (const { index, message } of refused) {
      const [letter] = letters[index] ?? [];
      if (letter !== undefined) tally.refuse(letter, RefusalReason.NOT_TAKEN, message);
    }
    readToken?.partitions.forEach((partition, i) => {
      const offset = readToken.offsets[i] ?? 0n;
      tally.incarnation = readToken.incarnation;
      if (offset > (tally.offsets.get(partition) ?? -1n)) tally.offsets.set(partition, offset);
    });
  }

  return {
    async replay(selection, call, { dryRun = false } = {}) {
      const tally = createTally();
      for await (const { letters, missing, more } of letterPages(store, selection, call)) {
        for (const id of missing)
          tally.refuse(id, RefusalReason.NOT_FOUND, 'It was purged, or it never was a dead letter.');
        const fit: (readonly [StoredDeadLetter, Observation])[] = [];
        for (const letter of letters) {
          const validation = validate(letter, options.incarnation);
          if (validation.kind === 'replayable') fit.push([letter, validation.observation]);
          else tally.refuse(letter, validation.reason, validation.message);
        }
        tally.matched.add(letters);
        if (dryRun) tally.replayed += fit.length;
        else await send(fit, tally, call);
        tally.more = more;
      }
      return tally.outcome();
    },
  };
}

type Validation =
  | { readonly kind: 'replayable'; readonly observation: Observation }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string };

function validate(letter: StoredDeadLetter, incarnation: string): Validation {
  const refused = (reason: RefusalReason, message: string): Validation => ({ kind: 'refused', reason, message });
  if (letter.state === 'replayed') {
    return refused(RefusalReason.ALREADY_REPLAYED, 'It was replayed before and counts; a second time changes nothing.');
  }
  if (letter.incarnation !== incarnation) {
    return refused(
      RefusalReason.OTHER_LOG,
      `It came in log ${letter.incarnation}, and this platform writes ${incarnation}: send the observation as a new one.`,
    );
  }
  const observation = observationOf(letter);
  if (observation === undefined) {
    return refused(RefusalReason.NO_OBSERVATION, 'Its record was damaged: what it said cannot be read any more.');
  }
  if (observation.cityId === '') {
    return refused(RefusalReason.NO_OBSERVATION, 'It names no city: send the reading again with one.');
  }
  return { kind: 'replayable', observation };
}

function rowOf(letter: StoredDeadLetter, observation: Observation): MessageInitShape<typeof ReplayRowSchema> {
  return {
    partition: letter.partition,
    offset: BigInt(letter.offset),
    row: letter.row,
    tenant: letter.tenant,
    attempt: Math.min(MAX_ATTEMPTS, letter.attempts + 1),
    firstSeenTime: timestampFromMs(letter.firstSeenMs),
    observation,
  };
}

interface Tally {
  replayed: number;
  more: boolean;
  incarnation: string;
  readonly matched: LetterCounts;
  /** Of each partition, the last record of the replay. */
  readonly offsets: Map<number, bigint>;
  refuse(id: DeadLetterId, reason: RefusalReason, message: string): void;
  outcome(): ReplayOutcome;
}

function createTally(): Tally {
  const refusals: LetterRefusal[] = [];
  let refused = 0;
  const tally: Tally = {
    replayed: 0,
    more: false,
    incarnation: '',
    matched: createLetterCounts(),
    offsets: new Map(),
    refuse({ partition, offset, row }, reason, message) {
      refused += 1;
      const id = { partition, offset, row };
      if (refusals.length < MAX_NAMED) refusals.push({ id, reason, message });
    },
    outcome() {
      const { replayed, more, incarnation, offsets, matched } = tally;
      const readToken =
        offsets.size === 0
          ? undefined
          : create(ReadTokenSchema, {
              incarnation,
              partitions: [...offsets.keys()],
              offsets: [...offsets.values()],
            });
      return { replayed, refused, refusals, readToken, more, matched: matched.counts() };
    },
  };
  return tally;
}
