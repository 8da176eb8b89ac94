import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMutantOptions } from '../mutant-options.ts';
import { adapterFiles, ROOT } from '../mutated-files.ts';
import { reportLines } from '../print-report.ts';
import { chooseMutants, type TriedMutant, tryMutants } from './mutant-run.ts';
import { runChild } from './run-mutant.ts';

const FILE = 'packages/domain/src/state/session-table.ts';
const options = readMutantOptions(['--command', 'mutants/test-support/stand-in.ts', '--file', FILE, '--fresh'])!;
const all = chooseMutants(options);
const ignored = { control() {}, tried() {} };

/** The first mutants of a kind on lines that hold a text. */
const some = (operator: string, text: string) =>
  all.filter((mutant) => mutant.operator === operator && mutant.before.includes(text)).slice(0, 1);

it('tells faults that a trial notices from faults that it does not, and from places it never comes to', {
  timeout: 120_000,
}, async () => {
  const mutants = [
    ...some('other arithmetic', 'batch.stampMs - batch.createdAtMs'),
    // A difference at the boundary alone.
    ...some('flip comparison', 'batch.createdAtMs > RETRYABLE_MS'),
    ...some('drop statement', 'this.#forgetFirst()'),
  ];
  expect(mutants).toHaveLength(3);
  const tried = await tryMutants(mutants, options, ignored);
  const verdicts = new Map(tried.map(({ mutant, verdict }) => [mutant.id, verdict]));
  expect(mutants.map(({ id }) => verdicts.get(id))).toEqual(['killed', 'survived', 'notReached']);
});

it('ends a trial that a fault makes endless', { timeout: 120_000 }, async () => {
  const [place] = some('negate condition', '(below)');
  const mutant = { ...place!, replacement: '(() => { for (;;); })()' };
  const source = readFileSync(join(ROOT, FILE), 'utf8');
  const limits = { cpuMs: 1_500, wallMs: 100_000, memoryBytes: 2 ** 29 };
  const { verdict } = await runChild(options.command, { mutant: { mutant, source }, limits });
  expect(verdict).toBe('timeout');
});

it('says nothing where the run without a fault fails', async () => {
  const failing = { ...options, command: ['-e', 'process.exit(1)'] };
  await expect(tryMutants(all.slice(0, 1), failing, ignored)).rejects.toThrow(/without a fault fails/);
});

it('draws the same sample for the same seed', { timeout: 120_000 }, () => {
  const sample = { ...options, sample: 5, seed: 3 };
  expect(chooseMutants(sample)).toHaveLength(5);
  expect(chooseMutants(sample)).toEqual(chooseMutants(sample));
});

it('takes adapters, and their tests, where it is asked for them', () => {
  const asked = readMutantOptions(['--adapters'])!;
  expect(new Set(chooseMutants(asked).map(({ file }) => file))).toEqual(new Set(adapterFiles()));
  const tests = asked.command.filter((word) => word.endsWith('.test.ts'));
  expect(tests.filter((path) => !existsSync(join(ROOT, 'packages/log', path)))).toEqual([]);
  expect(tests.length).toBeGreaterThan(1);
});

it('prints the raw score and the one without explained survivors', () => {
  const [first, second, third, fourth] = all;
  const tried: TriedMutant[] = [
    { mutant: first!, verdict: 'killed', known: false },
    { mutant: second!, verdict: 'timeout', known: false },
    { mutant: third!, verdict: 'survived', known: false },
    { mutant: fourth!, verdict: 'notReached', known: true },
  ];
  const lines = reportLines(tried, new Map([[third!.id, '(equivalent) nobody reads it']]));
  expect(lines.at(-2)).toBe('2 of 4 mutants killed: 50.0 % (raw)');
  expect(lines.at(-1)).toBe('2 of 3 killed: 66.7 % (without 1 explained survivors)');
  expect(lines.join('\n')).toContain(`${third!.id} ${FILE}:${third!.line}: (equivalent) nobody reads it`);
});
