import { type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import {
  CountDeadLettersRequestSchema,
  GetDeadLetterRequestSchema,
  ListDeadLettersRequestSchema,
  PurgeDeadLettersRequestSchema,
  ReplayDeadLettersRequestSchema,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { encodePageToken, letterPageScope } from '@isotherm/query/internals';
import fc from 'fast-check';

/** Calls and URLs by the number that an input begins with. */
export const DEAD_LETTER_PATHS = [
  '/isotherm.deadletter.v1.DeadLetterService/ListDeadLetters',
  '/isotherm.deadletter.v1.DeadLetterService/CountDeadLetters',
  '/isotherm.deadletter.v1.DeadLetterService/GetDeadLetter',
  '/isotherm.deadletter.v1.DeadLetterService/ReplayDeadLetters',
  '/isotherm.deadletter.v1.DeadLetterService/PurgeDeadLetters',
  '/v1/dead-letters',
  '/v1/dead-letters/count',
] as const;

/** Kinds of content by the number that follows. */
export const CONTENT_TYPES = ['application/json', 'application/proto', 'application/grpc-web+proto'] as const;

/** Requests of each call. */
const REQUESTS: Readonly<Record<string, DescMessage>> = {
  ListDeadLetters: ListDeadLettersRequestSchema,
  CountDeadLetters: CountDeadLettersRequestSchema,
  GetDeadLetter: GetDeadLetterRequestSchema,
  ReplayDeadLetters: ReplayDeadLettersRequestSchema,
  PurgeDeadLetters: PurgeDeadLettersRequestSchema,
};

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));
const mostly = <T>(arbitrary: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]) =>
  fc.oneof({ weight: 8, arbitrary }, ...others);

const whole = mostly(
  fc.nat({ max: 9 }),
  fc.constantFrom(0xffff, 0x1_0000, 0xffff_ffff, 2 ** 32, 2 ** 53, -1, 1.5),
  fc.integer(),
);
const offset = mostly(
  fc.nat({ max: 9 }).map(String),
  fc.constantFrom('9007199254740991', '9007199254740993', '18446744073709551615', '18446744073709551616', '-1', 'x'),
);
const id = fc.record({ partition: whole, offset, row: whole }, { requiredKeys: [] });
const ids = fc.array(id, { maxLength: 6 });
const instant = mostly(
  fc.constantFrom('2026-06-30T00:00:00Z', '2026-07-01T12:00:00.5Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59Z'),
  fc.constantFrom('0001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', 'yesterday', ''),
);
const reason = mostly(fc.constantFrom('REJECT_REASON_LATE', 'REJECT_REASON_TIME_IN_FUTURE', 10), fc.integer());
const state = mostly(
  fc.constantFrom<JsonValue>('DEAD_LETTER_STATE_PARKED', 'DEAD_LETTER_STATE_WAITING', 'DEAD_LETTER_STATE_REPLAYED'),
  fc.constantFrom<JsonValue>('DEAD_LETTER_STATE_UNSPECIFIED', 99),
);
const cityName = fc.oneof(fc.constantFrom('somewhere', 'Berlin', '2950159', ''), fc.string({ maxLength: 30 }));
const filter = fc.record<Record<string, JsonValue>>(
  {
    reasons: fc.array(reason as fc.Arbitrary<JsonValue>, { maxLength: 3 }),
    city: cityName,
    states: fc.array(state, { maxLength: 3 }),
    producerId: fc.oneof(fc.constantFrom('station-1', ''), fc.string({ maxLength: 70 })),
    observeStartTime: instant,
    observeEndTime: instant,
    seenStartTime: instant,
    seenEndTime: instant,
    ids: ids as fc.Arbitrary<JsonValue>,
  },
  { requiredKeys: [] },
);
const few = filter.map((fields) => Object.fromEntries(Object.entries(fields).slice(0, 2)));
const readToken = fc.record({
  incarnation: fc.constantFrom('0123456789abcdef', '', 'f'.repeat(16)),
  partitions: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
  offsets: fc.array(offset, { maxLength: 3 }),
});

const waiting = mostly<object>(fc.constant({}), fc.record({ readToken }));

/** A page token as the API made it for no filter or one, its position forged. */
const pageToken = fc
  .tuple(
    fc.constantFrom({}, { producerId: 'station-1' }),
    fc.array(fc.oneof(fc.nat({ max: 9 }), whole, fc.constantFrom(0xffff, 0x1_0000, 2 ** 32)), {
      minLength: 3,
      maxLength: 3,
    }),
  )
  .map(([of, position]) => ({ filter: of, token: encodePageToken(letterPageScope(of), position) }));
const page = fc.oneof(
  fc.constant({}),
  pageToken.map((forged) => ({ filter: forged.filter, pageToken: forged.token })),
  fc.string({ maxLength: 20 }).map((token) => ({ pageToken: token })),
);
const size = mostly(fc.nat({ max: 3 }), fc.constantFrom(2000, 2001, 0xffff_ffff, -1));

const BODIES: Readonly<Record<string, fc.Arbitrary<JsonValue>>> = {
  ListDeadLetters: fc
    .tuple(fc.record({ filter: few, pageSize: size }, { requiredKeys: [] }), page, waiting)
    .map(([request, more, wait]) => ({ ...request, ...more, ...wait }) as JsonValue),
  CountDeadLetters: fc
    .tuple(fc.record({ filter: few }, { requiredKeys: [] }), waiting)
    .map(([request, wait]) => ({ ...request, ...wait }) as JsonValue),
  GetDeadLetter: fc.record({ id }, { requiredKeys: [] }) as fc.Arbitrary<JsonValue>,
  ReplayDeadLetters: selecting({ dryRun: fc.boolean(), limit: size }),
  PurgeDeadLetters: selecting({ dryRun: fc.boolean() }),
};

/** Ids or a filter, now and then both or neither. */
function selecting(more: Record<string, fc.Arbitrary<JsonValue>>): fc.Arbitrary<JsonValue> {
  const selection = mostly<object>(
    fc.record({ ids: fc.array(id, { minLength: 1, maxLength: 6 }) }),
    few.map((found) => ({ filter: found })),
    few.map((found) => ({ filter: found })),
    fc.record({ ids, filter: few }),
    fc.constant({}),
  );
  return fc
    .tuple(selection, fc.record(more, { requiredKeys: [] }))
    .map(([chosen, rest]) => ({ ...chosen, ...rest }) as JsonValue);
}

/** An input: its path and its kind of content, a byte each, then the body, or a URL's parameters. */
function inputOf(path: string, kind: (typeof CONTENT_TYPES)[number], body: Uint8Array): Uint8Array {
  const known = DEAD_LETTER_PATHS.findIndex((each) => each.endsWith(path));
  return Uint8Array.from([known, CONTENT_TYPES.indexOf(kind), ...body]);
}

/** Calls in JSON, and in binary where the message allows it. */
export const deadLetterCall: fc.Arbitrary<Uint8Array> = fc
  .constantFrom(...Object.keys(REQUESTS))
  .chain((name) => fc.tuple(fc.constant(name), BODIES[name]!, fc.constantFrom('json', 'json', 'proto')))
  .map(([name, message, kind]) => {
    const binary = kind === 'proto' ? binaryOf(REQUESTS[name]!, message) : undefined;
    if (binary !== undefined) return inputOf(name, 'application/proto', binary);
    return inputOf(name, 'application/json', Buffer.from(JSON.stringify(message).toWellFormed()));
  });

function binaryOf(schema: DescMessage, message: JsonValue): Uint8Array | undefined {
  try {
    return toBinary(schema, fromJson(schema, message));
  } catch {
    return undefined;
  }
}

const word = fc.oneof(
  fc.constantFrom('late', 'parked', 'waiting', 'somewhere', 'station-1', '2026-07-01', '2026-07-01T12:00:00Z', '3', ''),
  pageToken.map(({ token }) => token),
  fc.string({ maxLength: 20 }),
);
const parameter = fc
  .tuple(
    mostly(
      fc.constantFrom(
        'reason',
        'city',
        'state',
        'producer',
        'observe_start_time',
        'seen_end_time',
        'page_size',
        'page_token',
      ),
      fc.string({ maxLength: 8 }),
    ),
    word,
  )
  .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`);

/** Letters as people ask for them. */
export const deadLetterUrl: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom('/v1/dead-letters', '/v1/dead-letters/count'), fc.array(parameter, { maxLength: 3 }))
  .map(([path, parameters]) => inputOf(path, 'application/json', text(parameters.join('&'))));

/** One of every call that does what it is for. */
export const deadLetterSeeds: readonly Uint8Array[] = (
  [
    ['ListDeadLetters', { pageSize: 2 }],
    ['ListDeadLetters', { pageToken: encodePageToken(letterPageScope({}), [0, 3, 0]) }],
    ['CountDeadLetters', { filter: { reasons: [10] } }],
    ['GetDeadLetter', { id: { partition: 0, offset: '3' } }],
    ['ReplayDeadLetters', { filter: {}, limit: 2 }],
    ['ReplayDeadLetters', { ids: [{ partition: 0, offset: '3', row: 1 }], dryRun: true }],
    ['PurgeDeadLetters', { filter: { producerId: 'station-1' } }],
  ] as const
).flatMap(([name, message]) => [
  inputOf(name, 'application/json', Buffer.from(JSON.stringify(message))),
  inputOf(name, 'application/proto', binaryOf(REQUESTS[name]!, message as JsonValue)!),
]);
