import {
  type DeadLetterFilter,
  type DeadLetterId,
  type DeadLetterReasonName,
  type DeadLetterState,
  deadLetterIdText,
  parseDeadLetterId,
} from '@isotherm/client';
import { DeadLetterReason, DeadLetterReasonSchema } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { enumNumber } from '@isotherm/enum-words';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { instant, integer } from '../shared-options.ts';

/** Flags that select dead letters. */
export interface LetterFlags {
  readonly reason?: readonly DeadLetterReasonName[];
  readonly city?: string;
  readonly state?: string;
  readonly producer?: string;
  readonly since?: Date;
  readonly limit?: number;
}

/** Reasons of dead letters, as `--reason` takes them. */
const REASONS: readonly DeadLetterReasonName[] = [
  'LATE',
  'TIME_IN_FUTURE',
  'TIME_INVALID',
  'CITY_ID_INVALID',
  'CITY_INDEX_OUT_OF_RANGE',
  'TOO_MANY_CITIES',
  'STATE_FULL',
  'SENSOR_INVALID',
  'TEMPERATURE_IMPOSSIBLE',
  'HUMIDITY_IMPOSSIBLE',
  'WIND_IMPOSSIBLE',
  'EMPTY',
  'SEQUENCE_CONFLICT',
  'BATCH_EXPIRED',
  'POISON',
];

const STATES: Readonly<Record<string, readonly DeadLetterState[]>> = {
  open: ['WAITING', 'PARKED'],
  waiting: ['WAITING'],
  parked: ['PARKED'],
  replayed: ['REPLAYED'],
  all: ['WAITING', 'PARKED', 'REPLAYED'],
};

/** How {@link addLetterOptions} is used. */
export interface LetterOptions {
  readonly nowMs: () => number;
  /** What is meant where no state is given. */
  readonly state: 'open' | 'all';
  /** Default of `--limit`; none: no limit. */
  readonly limit?: number;
  /** Whether all letters are meant, so that there is no `--limit`. Default false. */
  readonly counts?: boolean;
}

/** Adds the flags that select letters. */
export function addLetterOptions(command: Command, options: LetterOptions): Command {
  command
    .addOption(
      new Option('--reason <name>', `why it does not count, one or several: ${REASONS.join(', ')}`).argParser(
        (text, before: readonly DeadLetterReasonName[] = []) => [...before, ...text.split(',').map(parseReason)],
      ),
    )
    .option('--city <city>', 'id or name')
    .addOption(
      new Option('--state <name>', 'where it is on its way; open: waiting or parked')
        .choices(Object.keys(STATES))
        .default(options.state),
    )
    .option('--producer <id>', 'who sent it')
    .option('--since <time>', 'first seen since: ISO 8601 or how long ago, as in 6h', instant(options.nowMs));
  if (options.counts) return command;
  return command.option('--limit <n>', 'letters at most, the first ones', integer(1, 1_000_000), options.limit);
}

/** What the flags select. */
export function filterOf(flags: LetterFlags): DeadLetterFilter {
  const { reason, city, state = 'open', producer, since } = flags;
  return {
    ...(reason !== undefined && { reasons: reason }),
    ...(city !== undefined && { city }),
    ...(producer !== undefined && { producerId: producer }),
    ...(since !== undefined && { seenStartTime: since }),
    states: STATES[state] ?? [],
  };
}

/** Whether the flags select by anything but the state. */
export function narrows({ reason, city, producer, since }: LetterFlags): boolean {
  return reason !== undefined || city !== undefined || producer !== undefined || since !== undefined;
}

/** The ids that texts mean, in order of the log, each once. @throws CliError for a text that means none. */
export function parseIds(texts: readonly string[]): DeadLetterId[] {
  const ids = texts.map((text) => {
    const id = parseDeadLetterId(text);
    if (id !== undefined) return id;
    throw new CliError(
      `'${text}' is no dead letter; write partition/offset/row, as \`isotherm dead-letters list\` does.`,
    );
  });
  const unique = new Map(ids.map((id) => [deadLetterIdText(id), id]));
  return [...unique.values()].sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset) || a.row - b.row);
}

function parseReason(text: string): DeadLetterReasonName {
  const reason = DeadLetterReason[enumNumber(DeadLetterReasonSchema, text.trim()) ?? DeadLetterReason.UNSPECIFIED];
  const known = REASONS.find((name) => name === reason);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`Give one of ${REASONS.join(', ')}.`);
}
