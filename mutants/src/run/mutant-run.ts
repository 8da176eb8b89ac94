import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADAPTER_TRIAL_FOLDERS, adapterTests } from '../adapter-tests.ts';
import { findMutants } from '../make/find-mutants.ts';
import type { Mutant } from '../make/mutant.ts';
import type { MutantOptions } from '../mutant-options.ts';
import { adapterFiles, mutatedFiles, ROOT } from '../mutated-files.ts';
import { quickCommand } from '../quick-drills.ts';
import { type Coverage, readCoverage } from './coverage.ts';
import { hashOfTrial, openResultCache } from './result-cache.ts';
import { type ChildEnd, type ChildLimits, runChild, type Verdict } from './run-mutant.ts';

/** A mutant and what came of it. */
export interface TriedMutant {
  readonly mutant: Mutant;
  /** `notReached`: nothing the simulation did ever came there, so that it was not tried. It counts as a survivor. */
  readonly verdict: Verdict | 'notReached';
  /** Taken from an earlier run. */
  readonly known: boolean;
}

/** Told as a run goes on. */
export interface RunEvents {
  control(end: ChildEnd, mutants: number): void;
  tried(mutant: TriedMutant, end: ChildEnd | undefined): void;
}

const CACHE = join(import.meta.dirname, '../../.cache/verdicts.txt');
/** For the run without a fault, which the others are measured by. */
const CONTROL_LIMITS: ChildLimits = { cpuMs: 600_000, wallMs: 1_800_000, memoryBytes: 2 ** 31 };
/** Against the run without a fault: a mutant that takes so many times as much hangs. */
const SLOWER = 5;
/** The same of time: tests of real parts wait for processes and give up by themselves. */
const WAITING = 3;
const SPARE_CPU_MS = 10_000;
const SPARE_WALL_MS = 60_000;
/** Drills of one file take a second or two, the quicker tests of an adapter five. */
const DRILLS_CPU_MS = 12_000;
const QUICK_TESTS_CPU_MS = 25_000;
const MEMORY_BYTES = 1536 * 2 ** 20;

/** All mutants there are, or those chosen. */
export function chooseMutants({ files, ids, sample, seed, adapters }: MutantOptions): Mutant[] {
  const chosen = (adapters ? adapterFiles() : mutatedFiles())
    .filter((path) => files.length === 0 || files.some((start) => path.startsWith(start.replace(/^\.\//, ''))))
    .flatMap((path) => findMutants(path, sourceOf(path)))
    .filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (sample === undefined || sample >= chosen.length) return chosen;
  // Each mutant's own draw: a sample stays much the same when others come and go, and a smaller one is the beginning of it.
  const drawOf = (id: string) => createHash('sha256').update(`${seed}/${id}`).digest('hex');
  return chosen
    .map((mutant) => ({ mutant, draw: drawOf(mutant.id) }))
    .sort((a, b) => (a.draw < b.draw ? -1 : 1))
    .slice(0, sample)
    .map(({ mutant }) => mutant);
}

/** Tries mutants side by side. @throws Error if the run without a fault fails: then nothing can be said. */
export async function tryMutants(
  mutants: readonly Mutant[],
  options: MutantOptions,
  events: RunEvents,
): Promise<TriedMutant[]> {
  const folder = mkdtempSync(join(tmpdir(), 'isotherm-coverage-'));
  let coverage: Coverage;
  let limits: ChildLimits;
  try {
    const control = await runChild(options.command, { limits: CONTROL_LIMITS, env: { NODE_V8_COVERAGE: folder } });
    if (control.verdict !== 'survived') {
      throw new Error(
        `The run without a fault fails (${control.verdict}, exit code ${control.exitCode}):\n${control.lastWords}`,
      );
    }
    coverage = readCoverage(folder);
    limits = {
      cpuMs: control.cpuMs * SLOWER + SPARE_CPU_MS,
      wallMs: control.wallMs * (options.adapters ? WAITING : SLOWER * 2) + SPARE_WALL_MS,
      memoryBytes: MEMORY_BYTES,
    };
    events.control(control, mutants.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const cache = openResultCache(CACHE, hashOfTrial(options.command, trialFolders(options)));
  const left = [...mutants];
  const tried: TriedMutant[] = [];
  await Promise.all(
    Array.from({ length: options.jobs }, async () => {
      for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
        const source = sourceOf(mutant.file);
        const known = options.fresh ? undefined : cache.get(mutant, source);
        let end: ChildEnd | undefined;
        let verdict: TriedMutant['verdict'];
        if (!coverage.reached(mutant)) verdict = 'notReached';
        else if (known !== undefined) verdict = known;
        else {
          end = await tryOne(mutant, source, options, limits);
          verdict = end.verdict;
          cache.set(mutant, source, end.verdict);
        }
        const one = { mutant, verdict, known: known !== undefined };
        tried.push(one);
        events.tried(one, end);
      }
    }),
  );
  return tried;
}

/** By the file's drills or the quicker tests first, unless another command was asked for; whoever survives them is tried by the whole. */
async function tryOne(
  mutant: Mutant,
  source: string,
  { command, quick, adapters }: MutantOptions,
  limits: ChildLimits,
): Promise<ChildEnd> {
  const drills = adapters ? adapterTests('quick') : quickCommand(mutant.file);
  const short = { ...limits, cpuMs: Math.min(limits.cpuMs, adapters ? QUICK_TESTS_CPU_MS : DRILLS_CPU_MS) };
  const first = quick && drills ? await runChild(drills, { mutant: { mutant, source }, limits: short }) : undefined;
  return first === undefined || first.verdict === 'survived'
    ? runChild(command, { mutant: { mutant, source }, limits })
    : first;
}

function sourceOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What decides a verdict beside the file with the fault. */
function trialFolders({ adapters }: MutantOptions): string[] {
  return (adapters ? ADAPTER_TRIAL_FOLDERS : ['simulation/src', 'packages/testkit/src']).map((folder) =>
    join(ROOT, folder),
  );
}
