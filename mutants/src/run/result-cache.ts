import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Mutant } from '../make/mutant.ts';
import type { Verdict } from './run-mutant.ts';

/** Verdicts of earlier runs. A verdict holds for a file as it was, a mutant and what it was tried by. */
export interface ResultCache {
  get(mutant: Mutant, source: string): Verdict | undefined;
  set(mutant: Mutant, source: string, verdict: Verdict): void;
}

/** Opens the cache in a file of one line a verdict. `trial` stands for command and simulation. */
export function openResultCache(path: string, trial: string): ResultCache {
  const verdicts = new Map<string, Verdict>();
  for (const line of linesOf(path)) {
    const [key, verdict] = line.split(' ');
    if (key !== undefined && verdict !== undefined) verdicts.set(key, verdict as Verdict);
  }
  const keyOf = (mutant: Mutant, source: string) => hash([trial, mutant.id, String(mutant.start), source]);
  return {
    get: (mutant, source) => verdicts.get(keyOf(mutant, source)),
    set(mutant, source, verdict) {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, `${keyOf(mutant, source)} ${verdict}\n`);
    },
  };
}

/** A hash of a command and of all sources in folders. */
export function hashOfTrial(command: readonly string[], folders: readonly string[]): string {
  const sources = folders.flatMap((folder) => sourcesIn(folder)).map((path) => readFileSync(path, 'utf8'));
  return hash([...command, ...sources]);
}

function sourcesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .sort()
    .map((name) => join(folder, name));
}

function hash(parts: readonly string[]): string {
  const made = createHash('sha256');
  for (const part of parts) made.update(part).update('\0');
  return made.digest('hex').slice(0, 24);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
