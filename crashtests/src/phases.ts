import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Work that a kill can hit. */
export const PHASES = ['append', 'checkpoint', 'insert'] as const;

/** One of them. */
export type Phase = (typeof PHASES)[number];

/** Phases that were begun and not ended, from a phase log's marks `+append 3.17` and `-append 3.17`. A torn last line counts for nothing. */
export function openPhases(text: string): ReadonlySet<Phase> {
  const open = new Map<string, Phase>();
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  for (const line of lines) {
    const mark = /^([+-])(append|checkpoint|insert) (\S+)$/.exec(line);
    if (mark === null) continue;
    const id = `${mark[2]} ${mark[3]}`;
    if (mark[1] === '+') open.set(id, mark[2] as Phase);
    else open.delete(id);
  }
  return new Set(open.values());
}

/** Phases under way as the log has them now. */
export function readOpenPhases(path: string): ReadonlySet<Phase> {
  return existsSync(path) ? openPhases(readFileSync(path, 'utf8')) : new Set();
}

/** Waits until the phase is under way, `withinMs` at most. */
export async function untilPhase(path: string, phase: Phase, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (performance.now() < deadlineMs && !readOpenPhases(path).has(phase)) await sleep(1);
}
