import { parseArgs } from 'node:util';
import { adapterTests } from './adapter-tests.ts';

/** Options of a run. */
export interface MutantOptions {
  /** How many mutants are tried, drawn at random. Default all. */
  readonly sample: number | undefined;
  /** Decides which ones. Default 1. */
  readonly seed: number;
  /** Beginnings of paths of the files. Default all files. */
  readonly files: readonly string[];
  /** Ids of the only mutants to try. Default all. */
  readonly ids: readonly string[];
  /** Children at a time. Default 2. */
  readonly jobs: number;
  /** What tries a mutant: a script with its arguments. */
  readonly command: readonly string[];
  /** Whether a file's drills, or the quicker of its tests, are tried first. Default true, unless there is a command. */
  readonly quick: boolean;
  /** Whether the adapters' mutants are tried, by their own tests, instead of the simulation's. Default false. */
  readonly adapters: boolean;
  /** Whether earlier verdicts are not believed. Default false. */
  readonly fresh: boolean;
  /** Whether mutants are only listed. Default false. */
  readonly list: boolean;
}

const DEFAULT_RUNS = '40';
const DEFAULT_SEED = '1';

const USAGE = `npm run mutants -- [options]
  --sample <n>      mutants tried, drawn at random (default: all)
  --seed <n>        decides which ones (default: 1)
  --file <path>     only files whose path begins so; may be given more than once (default: all)
  --id <id>         only this mutant; may be given more than once, and prints what its run said
  --jobs <n>        children at a time (default: 2)
  --runs <n>        seeds of the simulation a mutant is tried by (default: ${DEFAULT_RUNS})
  --first-seed <n>  the first of them (default: ${DEFAULT_SEED})
  --adapters        mutants of the adapters that the simulation replaces, tried by their tests on the real parts
  --command <text>  tries mutants by another script, with its arguments (default: the simulation)
  --fresh           does not believe earlier verdicts
  --list            lists mutants and runs nothing
`;

/** Reads the command line; undefined if it only asked for help. @throws Error naming the option. */
export function readMutantOptions(args: readonly string[]): MutantOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      file: { type: 'string', multiple: true, default: [] },
      id: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '2' },
      runs: { type: 'string', default: DEFAULT_RUNS },
      'first-seed': { type: 'string', default: DEFAULT_SEED },
      adapters: { type: 'boolean', default: false },
      command: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const runs = whole('runs', values.runs, 1e7);
  const firstSeed = whole('first-seed', values['first-seed'], 2 ** 31);
  return {
    sample: values.sample === undefined ? undefined : whole('sample', values.sample, 1e6),
    seed: whole('seed', values.seed, 2 ** 32),
    files: values.file,
    ids: values.id,
    jobs: whole('jobs', values.jobs, 64),
    command: values.command?.split(/\s+/) ?? (values.adapters ? adapterTests('all') : simulation(runs, firstSeed)),
    quick: values.command === undefined,
    adapters: values.adapters,
    fresh: values.fresh,
    list: values.list,
  };
}

/** What `--help` prints. */
export function mutantsUsage(): string {
  return USAGE;
}

/** One thread: mutants are tried side by side already. */
function simulation(runs: number, seed: number): readonly string[] {
  return [
    'simulation/src/main.ts',
    '--runs',
    `${runs}`,
    '--seed',
    `${seed}`,
    '--stop-at-first',
    '--quiet',
    '--jobs',
    '1',
  ];
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from 1 to ${most}.`);
}
