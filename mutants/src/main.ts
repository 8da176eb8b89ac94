import { join } from 'node:path';
import { readExplanations } from './explained-survivors.ts';
import { mutantsUsage, readMutantOptions } from './mutant-options.ts';
import { explainedScore, reportLines } from './print-report.ts';
import { chooseMutants, tryMutants } from './run/mutant-run.ts';

/** `npm run mutants`: puts small faults into the code that keeps promises and sees whether the simulation notices. */
const say = (text: string) => process.stdout.write(`${text}\n`);
const LEAST_SCORE = 0.9;

try {
  const options = readMutantOptions(process.argv.slice(2));
  if (options === undefined) say(mutantsUsage());
  else {
    const mutants = chooseMutants(options);
    if (mutants.length === 0) throw new Error('No mutant is chosen: see --list.');
    if (options.list) {
      for (const { id, file, line, operator, before, after } of mutants) {
        say(`${id} ${file}:${line}  ${operator}\n  - ${before}\n  + ${after}`);
      }
      say(`${mutants.length} mutants`);
    } else await run(mutants, options);
  }
} catch (error) {
  process.stderr.write(`mutants: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(
  mutants: ReturnType<typeof chooseMutants>,
  options: NonNullable<ReturnType<typeof readMutantOptions>>,
): Promise<void> {
  const explanations = readExplanations(join(import.meta.dirname, '../survivors.md'));
  say(`${mutants.length} mutants, tried by: node ${options.command.join(' ')}`);
  let beganMs = performance.now();
  let done = 0;
  let run = 0;
  const tried = await tryMutants(mutants, options, {
    control(end) {
      say(
        `Without a fault: clean, ${(end.cpuMs / 1000).toFixed(1)} s of processor time, ${(end.wallMs / 1000).toFixed(1)} s`,
      );
      beganMs = performance.now();
    },
    tried({ mutant, verdict, known }, end) {
      done += 1;
      if (end !== undefined) run += 1;
      const perRunMs = run === 0 ? 0 : (performance.now() - beganMs) / run;
      const left = formatTime((mutants.length - done) * perRunMs);
      say(
        `${done}/${mutants.length} ${verdict}${known ? ' (known)' : ''} ${mutant.id} ${mutant.file}:${mutant.line} ${mutant.operator}, about ${left} left`,
      );
      if (options.ids.length > 0) say(`  - ${mutant.before}\n  + ${mutant.after}\n${end?.lastWords ?? ''}`);
    },
  });
  for (const line of reportLines(tried, explanations, options)) say(line);
  if (explainedScore(tried, explanations) < LEAST_SCORE) process.exitCode = 1;
}

function formatTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
