import { runWithCoverage } from './coverage/run-with-coverage.ts';
import { playSeeds } from './play-seeds.ts';
import { createReport } from './report.ts';
import { readSimulateOptions, simulateUsage } from './simulate-options.ts';

/** `npm run simulate`: plays seeds until a promise of the platform does not hold, or all are played. */
const say = (text: string) => process.stdout.write(`${text}\n`);
// A reader that has seen enough (`npm run simulate | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const args = process.argv.slice(2);
  const options = readSimulateOptions(args);
  if (options === undefined) say(simulateUsage());
  else if (options.coverage) {
    const others = args.filter((arg) => arg !== '--coverage');
    process.exitCode = await runWithCoverage(import.meta.filename, others, say);
  } else {
    const report = createReport();
    const everyRuns = Math.max(1, Math.floor(options.runs / 20));
    await playSeeds(options, (result) => {
      report.add(result);
      if (result.violation !== undefined) {
        say(`seed ${result.seed}, step ${result.steps}: ${result.violation.slice(0, 1000)}`);
      } else if (!options.quiet && report.runs % everyRuns === 0) {
        say(`${report.runs} of ${options.runs} runs, ${report.violated.length} broke a promise`);
      }
      return result.violation === undefined || !options.stopAtFirst;
    });
    if (!options.quiet) for (const line of report.lines()) say(line);
    process.exitCode = report.violated.length === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
