import { Agent, request } from 'node:http';
import { create, toBinary } from '@bufbuild/protobuf';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import {
  createFakeDeadLetters,
  type FakeDeadLetters,
  lateLetter,
  startFakeIngest,
  startTestPlatform,
} from '@isotherm/query/internals';
import type { Prng } from '@isotherm/testkit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { concat, mutateBytes } from '../mutation/mutate-bytes.ts';
import { mutateFields } from '../mutation/mutate-fields.ts';
import {
  CONTENT_TYPES,
  DEAD_LETTER_PATHS,
  deadLetterCall,
  deadLetterSeeds,
  deadLetterUrl,
} from './dead-letter-grammar.ts';
import { createFailureTrap } from './failure-trap.ts';
import { drawn } from './observation-grammar.ts';

type Letters = FakeDeadLetters['letters'];

const HOUR_MS = 3_600_000;
/** How long reads may wait for a token of what never comes. Changes have the time they need: they end before the next input. */
const READ_TIMEOUT_MS = 100;
const HEAD_BYTES = 2;
const REFUSED_CITY = 'of-another-partition';

/** What the store holds before each input: every state, and readings that were dead for what they say. */
const LETTERS: Letters = [
  lateLetter([0, 3, 0], { cityId: '2950159' }),
  lateLetter([0, 3, 1]),
  lateLetter([0, 4, 0], { cityId: REFUSED_CITY }),
  lateLetter([1, 2, 7], { reason: 8, state: 'waiting', attempts: 1, nextAttemptMs: Date.UTC(2026, 6, 1, 13) }),
  lateLetter([1, 4, 0], { state: 'replayed', attempts: 1 }),
  lateLetter([2, 1, 0], { incarnation: 'f'.repeat(16) }),
  lateLetter([2, 1, 1], { observation: Uint8Array.of(1, 2, 3) }),
  lateLetter([2, 1, 2], {
    cityId: 'time-out-of-mind',
    observation: toBinary(
      ObservationSchema,
      create(ObservationSchema, {
        cityId: 'time-out-of-mind',
        observeTime: { seconds: 2n ** 62n, nanos: -5 },
        temperatureCelsius: Number.NaN,
        windSpeedMps: Number.POSITIVE_INFINITY,
      }),
    ),
  }),
];

/** Calls about dead letters, and URLs: whatever comes, nothing is changed that was not asked for. */
export const deadLetterTarget: FuzzTarget = {
  name: 'dead-letters',
  reads: 'calls and URLs about dead letters: lists, page tokens, replays, purges',
  weight: 3,
  maxBytes: 8192,
  allowedBytes: (inputBytes) => 64_000_000 + 4096 * inputBytes,
  async open() {
    const trap = createFailureTrap();
    const analytics = createFakeDeadLetters();
    const store = { ...analytics, deadLetters: askedWithin(analytics) };
    const ingest = await startFakeIngest();
    ingest.port.refusedCities.add(REFUSED_CITY);
    const platform = await startTestPlatform({
      analytics: store,
      ingest: { address: ingest.address },
      logger: trap.logger,
      deadLetterRetryMs: HOUR_MS,
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return {
      seeds: [...deadLetterSeeds, ...drawn(deadLetterCall, 30), ...drawn(deadLetterUrl, 20)],
      grammar: fc.oneof({ weight: 3, arbitrary: deadLetterCall }, deadLetterUrl),
      mutate: mutateRequest,
      async run(input) {
        const asked = requestIn(input);
        analytics.letters = [...LETTERS];
        ingest.port.replays.length = 0;
        const { status, body } = await answerTo(platform.url, asked, agent);
        trap.throwIfFailed();
        requireNothingElse(asked, { status, body }, { left: analytics.letters, replays: ingest.port.replays });
        return outcomeOf(status, body);
      },
      async close() {
        agent.destroy();
        await platform[Symbol.asyncDispose]();
        await ingest[Symbol.asyncDispose]();
      },
    };
  },
};

/** A store with the columns of the real one: what does not fit is an error there, not an empty answer. */
function askedWithin(analytics: FakeDeadLetters): FakeDeadLetters['deadLetters'] {
  return async (query) => {
    const { after, filter } = query;
    const fits = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;
    if (
      after !== undefined &&
      !(fits(after.partition, 0xffff) && fits(after.offset, 2 ** 53) && fits(after.row, 2 ** 32 - 1))
    ) {
      throw new Error(`The store was asked for what comes after ${JSON.stringify(after)}`);
    }
    for (const at of [filter.observedFromMs, filter.observedToMs, filter.seenFromMs, filter.seenToMs]) {
      if (at !== undefined && Number.isNaN(at)) throw new Error('The store was asked for no time');
    }
    return analytics.deadLetters(query);
  };
}

interface Request {
  readonly path: string;
  readonly contentType: string;
  /** Undefined: a URL is asked for. */
  readonly body: Uint8Array | undefined;
}

/** Any input is a request: what makes none of HTTP is fuzzed with the API. */
function requestIn(input: Uint8Array): Request {
  const [call = 0, kind = 0] = input;
  const path = DEAD_LETTER_PATHS[call % DEAD_LETTER_PATHS.length]!;
  const contentType = CONTENT_TYPES[kind % CONTENT_TYPES.length]!;
  const rest = input.subarray(HEAD_BYTES);
  if (!path.startsWith('/v1/')) return { path, contentType, body: rest };
  const visible = (byte: number) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  return { path: `${path}?${[...rest].map(visible).join('')}`, contentType, body: undefined };
}

function answerTo(url: string, asked: Request, agent: Agent): Promise<{ status: number; body: string }> {
  const { path, contentType, body } = asked;
  const method = body === undefined ? 'GET' : 'POST';
  const patience = /\/(List|Count)DeadLetters$/.test(path) && { 'connect-timeout-ms': READ_TIMEOUT_MS };
  const headers = body === undefined ? {} : { 'content-type': contentType, 'content-length': body.length, ...patience };
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, agent, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** A purge takes away what it says, a replay sends each letter once that can be replayed, anything else changes nothing. */
function requireNothingElse(
  { path, contentType }: Request,
  { status, body }: { readonly status: number; readonly body: string },
  { left, replays }: { readonly left: Letters; readonly replays: readonly (readonly LetterId[])[] },
): void {
  const gone = LETTERS.length - left.length;
  const done = status === 200;
  if (gone > 0 && !(done && path.includes('/PurgeDeadLetters'))) throw new Error(`${gone} letters went with ${path}`);
  const purged = /"purged":"(\d+)"/.exec(body)?.[1];
  if (gone > 0 && contentType === 'application/json' && purged !== String(gone)) {
    throw new Error(`${gone} letters went, and ${purged} are told of`);
  }
  const sent = replays.flat().map(textOf);
  if (sent.length > 0 && !path.includes('/ReplayDeadLetters'))
    throw new Error(`${sent.length} letters sent by ${path}`);
  if (new Set(sent).size < sent.length) throw new Error(`A letter was sent twice: ${sent.join(' ')}`);
  const open = new Set(LETTERS.filter(({ state }) => state !== 'replayed').map(textOf));
  for (const id of sent) if (!open.has(id)) throw new Error(`Letter ${id} was sent and is none to be replayed`);
}

interface LetterId {
  readonly partition: number;
  readonly offset: number | bigint;
  readonly row: number;
}

function textOf({ partition, offset, row }: LetterId): string {
  return `${partition}/${offset}/${row}`;
}

function outcomeOf(status: number, body: string): Outcome {
  const id = /"id": ?"([A-Z_]+)"|"reason": ?"([A-Z_]+)"/.exec(body);
  const name = `${status} ${id?.[1] ?? id?.[2] ?? ''}`.trimEnd();
  if (status >= 500 && status !== 503 && status !== 504) throw new Error(`The API answers ${name}`);
  return status < 300 ? accepted(name) : refused(name);
}

/** Changes what follows the head; binary messages field by field, too. */
function mutateRequest(bytes: Uint8Array, random: Prng): Uint8Array {
  const head = bytes.subarray(0, HEAD_BYTES);
  const body = bytes.subarray(HEAD_BYTES);
  if (body.length === 0) return bytes;
  const fields = requestIn(bytes).contentType !== 'application/json' && random.chance(0.6);
  const material = { corpus: [body], words: [], maxBytes: 4096 };
  return concat(head, fields ? mutateFields(body, random) : mutateBytes(body, random, material));
}
