import { getHeapStatistics } from 'node:v8';
import type { FuzzTarget, OpenTarget, Outcome } from '../fuzz-target.ts';

/** Why an input is a finding. */
export interface Fault {
  readonly kind: 'crash' | 'memory' | 'slow';
  /** A line that tells this fault from others of the target. */
  readonly what: string;
  /** What was thrown, with its stack; empty for other kinds. */
  readonly detail: string;
}

/** Longest an input may take, unless its target says otherwise. */
const SLOW_MS = 400;

/** Takes one input and holds it against the target's bounds. */
export async function runInput(
  target: FuzzTarget,
  open: OpenTarget,
  input: Uint8Array,
): Promise<{ readonly outcome: Outcome } | { readonly fault: Fault }> {
  const first = await measured(open, input);
  if ('fault' in first) return first;
  const allowed = target.allowedBytes(input.length);
  if (first.grownBytes > allowed) {
    // What stays allocated from the first time on, as tables that grow, is not the input's doing, and neither is what
    // the engine allocates beside it now and then, for code that it has just made faster.
    const least = await leastOf(open, input, { cost: 'grownBytes', first, enough: allowed, attempts: 3 });
    if (typeof least !== 'number') return least;
    if (least > allowed) {
      const what = `it cost ${least} bytes of memory, ${allowed} are allowed for ${input.length} bytes`;
      return { fault: { kind: 'memory', what, detail: '' } };
    }
  }
  const slowMs = target.slowMs ?? SLOW_MS;
  if (first.tookMs > slowMs) {
    const least = await leastOf(open, input, { cost: 'tookMs', first, enough: slowMs, attempts: 2 });
    if (typeof least !== 'number') return least;
    if (least > slowMs) {
      const what = `it took more than ${slowMs} ms three times, for ${input.length} bytes`;
      return { fault: { kind: 'slow', what, detail: '' } };
    }
  }
  return { outcome: first.outcome };
}

/** What an input cost. */
interface Measured {
  readonly outcome: Outcome;
  readonly grownBytes: number;
  readonly tookMs: number;
}

/** The least that an input costs in some more attempts, as soon as it is little enough. */
async function leastOf(
  open: OpenTarget,
  input: Uint8Array,
  of: {
    readonly cost: 'grownBytes' | 'tookMs';
    readonly first: Measured;
    readonly enough: number;
    readonly attempts: number;
  },
): Promise<number | { readonly fault: Fault }> {
  let least = of.first[of.cost];
  for (let attempt = 0; attempt < of.attempts && least > of.enough; attempt += 1) {
    const again = await measured(open, input);
    if ('fault' in again) return again;
    least = Math.min(least, again[of.cost]);
  }
  return least;
}

async function measured(open: OpenTarget, input: Uint8Array): Promise<Measured | { readonly fault: Fault }> {
  const before = usedBytes();
  const beganMs = cpuMs();
  try {
    const answer = open.run(input);
    const outcome = answer instanceof Promise ? await answer : answer;
    return { outcome, grownBytes: usedBytes() - before, tookMs: cpuMs() - beganMs };
  } catch (thrown) {
    return { fault: crashOf(thrown) };
  }
}

/** What a thrown value is as a fault. */
export function crashOf(thrown: unknown): Fault {
  if (!(thrown instanceof Error)) return { kind: 'crash', what: `threw ${String(thrown)}`, detail: '' };
  const message = thrown.message.split('\n', 1)[0] ?? '';
  return { kind: 'crash', what: `${thrown.name}: ${message}`, detail: thrown.stack ?? '' };
}

/** Processor time of this thread: what others do on the machine must not make findings. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Objects and buffers of this thread. */
function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
