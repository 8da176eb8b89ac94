import type { Observation } from '@isotherm/client';
import type { FileLine } from './reading-file.ts';

/** Readings that are sent together. The same file always makes the same batches. */
export interface FileBatch {
  readonly observations: readonly Observation[];
  /** Line of each. */
  readonly lines: readonly number[];
  /** Latest time of its readings in ms. */
  readonly toMs: number;
}

/** A line that could not be read. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
}

/** How a file is cut into batches. */
export interface BatchRule {
  readonly maxRows: number;
  /** Whether a batch holds one point in time only, so that it can be sent when its time has come. */
  readonly byTime: boolean;
}

/** A batch's times are 32-bit milliseconds after its earliest: it spans less than 49 days. */
const MAX_SPAN_MS = 48 * 86_400_000;

/** Cuts a file's readings into batches in the order of its lines; bad lines go to `onBadLine`. */
export async function* batchesOfFile(
  blocks: AsyncIterable<readonly FileLine[]>,
  rule: BatchRule,
  onBadLine: (bad: BadLine) => void,
): AsyncGenerator<FileBatch, void> {
  let observations: Observation[] = [];
  let numbers: number[] = [];
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  const take = (): FileBatch => {
    const batch = { observations, lines: numbers, toMs };
    observations = [];
    numbers = [];
    fromMs = Number.POSITIVE_INFINITY;
    toMs = Number.NEGATIVE_INFINITY;
    return batch;
  };
  for await (const block of blocks) {
    for (const line of block) {
      if (line.kind === 'problem') {
        onBadLine(line);
        continue;
      }
      const spanMs = Math.max(toMs, line.timeMs) - Math.min(fromMs, line.timeMs);
      const fits = observations.length < rule.maxRows && (rule.byTime ? spanMs === 0 : spanMs <= MAX_SPAN_MS);
      if (!fits && observations.length > 0) yield take();
      observations.push(line.observation);
      numbers.push(line.line);
      fromMs = Math.min(fromMs, line.timeMs);
      toMs = Math.max(toMs, line.timeMs);
    }
  }
  if (observations.length > 0) yield take();
}
