import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts';
import { createInputSource } from './input-source.ts';
import { crashOf, type Fault, runInput } from './run-input.ts';
import { shrinkInput } from './shrink-input.ts';

/** An input that broke a promise. */
export interface Finding extends Fault {
  readonly target: string;
  readonly seed: number;
  /** Which run of the seed it was, from 0. */
  readonly run: number;
  /** The smallest input found that does the same. */
  readonly input: Uint8Array;
}

/** What many inputs came to. */
export interface TargetReport {
  readonly target: string;
  readonly runs: number;
  readonly accepted: number;
  /** Inputs by what they reached. */
  readonly reached: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

/** Options of {@link runTarget}. */
export interface RunTargetOptions {
  readonly runs: number;
  readonly seed: number;
  /** Told about every input before it is taken. */
  readonly onInput: (input: Uint8Array) => void;
  /** Told now and then how many more inputs were taken. */
  readonly onProgress: (runs: number) => void;
}

/** Different findings of a target that are looked into; then it has enough. */
const MAX_FINDINGS = 5;
const PROGRESS_EVERY = 250;

/** Runs a target on inputs of a seed. */
export async function runTarget(target: FuzzTarget, options: RunTargetOptions): Promise<TargetReport> {
  const open = await target.open();
  const stray = watchStrays();
  try {
    return await run(target, open, options, stray);
  } finally {
    stray.end();
    await open.close?.();
  }
}

async function run(
  target: FuzzTarget,
  open: OpenTarget,
  { runs, seed, onInput, onProgress }: RunTargetOptions,
  stray: ReturnType<typeof watchStrays>,
): Promise<TargetReport> {
  // The first inputs pay for what is made once.
  for (const bytes of open.seeds) await runInput(target, open, bytes);
  const source = createInputSource(target, open, seed);
  const reached = new Map<string, number>();
  const findings = new Map<string, Finding>();
  let accepted = 0;
  let done = 0;
  for (; done < runs && findings.size < MAX_FINDINGS; done += 1) {
    const input = source.next();
    onInput(input);
    const result = await runInput(target, open, input);
    const fault = stray.take() ?? ('fault' in result ? result.fault : undefined);
    if (fault !== undefined) {
      const key = kindOf(fault);
      if (!findings.has(key)) {
        const small = await shrinkInput(input, async (candidate) => {
          const again = await runInput(target, open, candidate);
          const same = stray.take() ?? ('fault' in again ? again.fault : undefined);
          return same !== undefined && kindOf(same) === key;
        });
        findings.set(key, { ...fault, target: target.name, seed, run: done, input: small });
      }
    } else if ('outcome' in result) {
      const { outcome } = result;
      if (outcome.accepted) accepted += 1;
      const count = reached.get(outcome.reached) ?? 0;
      reached.set(outcome.reached, count + 1);
      if (count < 4) source.keep(input);
    }
    if (done % PROGRESS_EVERY === PROGRESS_EVERY - 1) onProgress(PROGRESS_EVERY);
  }
  onProgress(done % PROGRESS_EVERY);
  return { target: target.name, runs: done, accepted, reached, findings: [...findings.values()] };
}

/** Faults of one place are one, whatever they say; without a place, those that differ in numbers only. */
function kindOf({ kind, what, detail }: Fault): string {
  const place = detail.split('\n').find((line) => /^\s+at .*\.ts:\d+/.test(line));
  return `${kind} ${place ?? what.replaceAll(/[\d.]+/g, '#').slice(0, 120)}`;
}

/** Failures nobody waits for count as findings of the input at hand. */
function watchStrays() {
  let stray: Fault | undefined;
  const note = (thrown: unknown) => {
    stray ??= crashOf(thrown);
  };
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  return {
    take() {
      const taken = stray;
      stray = undefined;
      return taken;
    },
    end() {
      process.off('unhandledRejection', note);
      process.off('uncaughtException', note);
    },
  };
}
