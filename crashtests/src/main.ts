import { crashUsage, readCrashOptions } from './crash-options.ts';
import { runCrashes } from './crash-run.ts';
import { cycleLine, reportLines } from './print-report.ts';

/** `npm run crash`: kills the real platform under load and compares what it kept with a ledger outside of it. */
const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = readCrashOptions(process.argv.slice(2), Date.now());
  if (options === undefined) {
    say(crashUsage());
  } else {
    say(
      `${options.cycles} kills, ${options.cities} cities, ${options.rate} observations a second, seed ${options.seed}`,
    );
    const report = await runCrashes(options, (cycle) => say(cycleLine(cycle, options)));
    for (const line of reportLines(report, options)) say(line);
    const { lost, twice, wrongValues } = report.differences;
    process.exitCode = lost + twice + wrongValues === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`crash: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
