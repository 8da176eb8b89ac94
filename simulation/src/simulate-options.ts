import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './engine/faults.ts';

/** Options of the command. */
export interface SimulateOptions {
  /** Seeds played. Default 1,000. */
  readonly runs: number;
  /** The first seed; the others follow it. Default 1. */
  readonly seed: number;
  /** Whether the first violation ends everything. Default false. */
  readonly stopAtFirst: boolean;
  /** Whether only violations are printed. Default false. */
  readonly quiet: boolean;
  /** Whether every line the product logs is printed. Default false. */
  readonly trace: boolean;
  /** Whether to say which code of the product ran. It makes runs slower. Default false. */
  readonly coverage: boolean;
  /** Threads that play seeds. Default the machine's processors. */
  readonly jobs: number;
  /** Faults that never happen. Default none. */
  readonly without: readonly FaultKind[];
}

const USAGE = `npm run simulate -- [options]
  --runs <n>         seeds to play (default: 1000)
  --seed <n>         the first of them; a seed plays the same run on any machine (default: 1)
  --stop-at-first    ends at the first promise that does not hold
  --trace            prints every line the product logs, with simulated time; for one seed
  --without <list>   faults that never happen: ${FAULT_KINDS.join(', ')}
  --jobs <n>         threads (default: as many as processors)
  --coverage         says which code paths of the product ran, and which never did
  --quiet            prints violations only
Ends with exit code 1 if any promise did not hold, 2 if the command line is wrong.
`;

/** What the command prints for --help. */
export function simulateUsage(): string {
  return USAGE;
}

/** Reads the command line; undefined if it only asked for help. @throws Error naming the option. */
export function readSimulateOptions(args: readonly string[]): SimulateOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      'stop-at-first': { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      without: { type: 'string', default: '' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      coverage: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    runs: whole('runs', values.runs, 10_000_000),
    seed: whole('seed', values.seed, 2 ** 31),
    stopAtFirst: values['stop-at-first'],
    quiet: values.quiet,
    trace: values.trace,
    coverage: values.coverage,
    jobs: values.trace ? 1 : whole('jobs', values.jobs, 256),
    without: faultList(values.without),
  };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`--${name} is '${text}'; it takes a whole number from 1 to ${most}.`);
  }
  return value;
}

function faultList(text: string): FaultKind[] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const kind = FAULT_KINDS.find((known) => known === name);
      if (kind === undefined) throw new Error(`--without names '${name}'; faults are ${FAULT_KINDS.join(', ')}.`);
      return kind;
    });
}
