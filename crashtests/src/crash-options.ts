import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';

/** Options of a run. */
export interface CrashOptions {
  /** Kills. Default 20. */
  readonly cycles: number;
  /** Whether each kill is a loss of power: of the disk, nothing is left but what was synced. Default false. */
  readonly powerCuts: boolean;
  /** Decides when and what kills hit. Default made from the time. */
  readonly seed: number;
  /** Cities. Default 1,000. */
  readonly cities: number;
  /** Observations a second. Default 60,000. */
  readonly rate: number;
  /** Time under load before a kill at the earliest, in ms. Default 2,000. */
  readonly leastMs: number;
  /** All results are compared after every so many kills, and at the end; promise 3 after every one. Default 10. */
  readonly compareEvery: number;
  /** Whether every observation is stored and some are read back. Default true. */
  readonly raw: boolean;
  /** Compute shards. Default the platform's own. */
  readonly shards: number | undefined;
  /** Whether the directory is kept, also without a difference. Default false. */
  readonly keep: boolean;
  /** What goes wrong: kills alone in most cycles, the analytical store taken away, the disk filled. Default all three. */
  readonly faults: readonly FaultKind[];
}

const USAGE = `npm run crash -- [options]
  --cycles <n>         kills (default: 20)
  --power-cuts <n>     instead of kills: cuts the power of the disk below the data directory so many times, the first
                       time right after the first acks; no other faults (Linux, root)
  --seed <n>           decides when and what kills hit (default: made from the time, and printed)
  --cities <n>         cities, at most 2,000 (default: 1000)
  --rate <n>           observations a second (default: 60000)
  --least-ms <ms>      time under load before a kill (default: 2000)
  --compare-every <n>  all results are compared after every so many kills, what was acked after every one (default: 10)
  --faults <list>      kill, store (taken away in one cycle of five), disk (full in one of five) (default: kill,store,disk)
  --no-raw             stores minutes only
  --keep               keeps the directory, also where no difference was found
  --shards <n>         compute shards (default: as the platform has it)
`;

/** Reads the command line; undefined if it only asked for help. @throws Error naming the option. */
export function readCrashOptions(args: readonly string[], nowMs: number): CrashOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      cycles: { type: 'string', default: '20' },
      'power-cuts': { type: 'string' },
      seed: { type: 'string', default: String(nowMs % 2 ** 31) },
      cities: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '60000' },
      'least-ms': { type: 'string', default: '2000' },
      'compare-every': { type: 'string', default: '10' },
      faults: { type: 'string', default: FAULT_KINDS.join(',') },
      raw: { type: 'boolean', default: true },
      keep: { type: 'boolean', default: false },
      shards: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const powerCuts = values['power-cuts'];
  return {
    cycles:
      powerCuts === undefined
        ? whole('cycles', values.cycles, 1, 1_000_000)
        : whole('power-cuts', powerCuts, 1, 1_000_000),
    powerCuts: powerCuts !== undefined,
    seed: whole('seed', values.seed, 0, 2 ** 31),
    cities: whole('cities', values.cities, 4, 2000),
    rate: whole('rate', values.rate, 1, 10_000_000),
    leastMs: whole('least-ms', values['least-ms'], 0, 600_000),
    compareEvery: whole('compare-every', values['compare-every'], 1, 1_000_000),
    raw: values.raw,
    shards: values.shards === undefined ? undefined : whole('shards', values.shards, 1, 64),
    keep: values.keep,
    faults: powerCuts === undefined ? faultList(values.faults) : ['kill'],
  };
}

/** What `--help` prints. */
export function crashUsage(): string {
  return USAGE;
}

function faultList(text: string): readonly FaultKind[] {
  const names = text.split(',');
  const known = FAULT_KINDS.filter((kind) => names.includes(kind));
  if (known.length === names.length) return known;
  throw new Error(`--faults is '${text}'; give some of ${FAULT_KINDS.join(', ')}, with commas between.`);
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from ${least} to ${most}.`);
}
