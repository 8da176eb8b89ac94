import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Options of a run. */
export interface FuzzOptions {
  /** Inputs over all targets. Default 100,000. */
  readonly runs: number;
  /** Default made from the time. */
  readonly seed: number;
  /** Names of the targets. Default all. */
  readonly targets: readonly string[];
  /** Threads. Default 2. */
  readonly jobs: number;
  /** One input to take instead of many: its bytes. */
  readonly replay: Uint8Array | undefined;
  /** The seed of a single job, as a finding names it: its inputs are run again. */
  readonly jobSeed: number | undefined;
}

const USAGE = `npm run fuzz -- [options]
  --runs <n>        inputs over all targets (default: 100000)
  --seed <n>        decides the inputs (default: made from the time, and printed)
  --target <name>   only this one; may be given more than once (default: all)
  --jobs <n>        threads (default: 2)
  --hex <bytes>     takes this one input, or that of a file as @file, with --target
  --job-seed <n>    runs the inputs of one job again, with --target and --runs
`;

/** Reads the command line; undefined if it only asked for help. @throws Error naming the option. */
export function readFuzzOptions(
  args: readonly string[],
  known: { readonly targets: readonly string[]; readonly nowMs: number },
): FuzzOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(known.nowMs % 2 ** 31) },
      target: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '2' },
      hex: { type: 'string' },
      'job-seed': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.target.find((name) => !known.targets.includes(name));
  if (unknown !== undefined) throw new Error(`--target is '${unknown}'; targets are ${known.targets.join(', ')}.`);
  const single = values.hex !== undefined || values['job-seed'] !== undefined;
  if (single && values.target.length !== 1) throw new Error('--hex and --job-seed need one --target.');
  return {
    runs: whole('runs', values.runs, 1, 1e10),
    seed: whole('seed', values.seed, 0, 2 ** 32),
    targets: values.target.length === 0 ? known.targets : values.target,
    jobs: whole('jobs', values.jobs, 1, 64),
    replay: values.hex === undefined ? undefined : bytesOf(values.hex),
    jobSeed: values['job-seed'] === undefined ? undefined : whole('job-seed', values['job-seed'], 0, 2 ** 32),
  };
}

/** What `--help` prints. */
export function fuzzUsage(): string {
  return USAGE;
}

function bytesOf(given: string): Uint8Array {
  const hex = given.startsWith('@') ? readFileSync(given.slice(1), 'utf8').trim() : given;
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new Error('--hex has to be pairs of hexadecimal digits.');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from ${least} to ${most}.`);
}
