import { parseArgs } from 'node:util';

/** Options of a run. */
export interface CrashOptions {
  /** Kills. Default 20. */
  readonly cycles: number;
  /** Decides when and what kills hit. Default made from the time. */
  readonly seed: number;
  /** Cities. Default 1,000. */
  readonly cities: number;
  /** Observations a second. Default 60,000. */
  readonly rate: number;
  /** Time under load before a kill at the earliest, in ms. Default 2,000. */
  readonly leastMs: number;
  /** Results are compared after every so many kills, and at the end. Default 1. */
  readonly compareEvery: number;
  /** Whether every observation is stored and some are read back. Default true. */
  readonly raw: boolean;
  /** Compute shards. Default the platform's own. */
  readonly shards: number | undefined;
}

const USAGE = `npm run crash -- [options]
  --cycles <n>         kills (default: 20)
  --seed <n>           decides when and what kills hit (default: made from the time, and printed)
  --cities <n>         cities, at most 2,000 (default: 1000)
  --rate <n>           observations a second (default: 60000)
  --least-ms <ms>      time under load before a kill (default: 2000)
  --compare-every <n>  results are compared after every so many kills (default: 1)
  --no-raw             stores minutes only
  --shards <n>         compute shards (default: as the platform has it)
`;

/** Reads the command line; undefined if it only asked for help. @throws Error naming the option. */
export function readCrashOptions(args: readonly string[], nowMs: number): CrashOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      cycles: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(nowMs % 2 ** 31) },
      cities: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '60000' },
      'least-ms': { type: 'string', default: '2000' },
      'compare-every': { type: 'string', default: '1' },
      raw: { type: 'boolean', default: true },
      shards: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    cycles: whole('cycles', values.cycles, 1, 1_000_000),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    cities: whole('cities', values.cities, 4, 2000),
    rate: whole('rate', values.rate, 1, 10_000_000),
    leastMs: whole('least-ms', values['least-ms'], 0, 600_000),
    compareEvery: whole('compare-every', values['compare-every'], 1, 1_000_000),
    raw: values.raw,
    shards: values.shards === undefined ? undefined : whole('shards', values.shards, 1, 64),
  };
}

/** What `--help` prints. */
export function crashUsage(): string {
  return USAGE;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from ${least} to ${most}.`);
}
