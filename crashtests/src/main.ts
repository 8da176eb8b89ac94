import { whyNoSmallDisk } from 'isotherm/testing';
import { type CrashOptions, crashUsage, readCrashOptions } from './crash-options.ts';
import { needsDisk, runCrashes } from './crash-run.ts';
import { isClean } from './differences.ts';
import { hasOwnMounts, runWithOwnMounts } from './mount-namespace.ts';
import { cycleLine, reportLines } from './print-report.ts';

/** `npm run crash`: kills the real platform under load and compares what it kept with a ledger outside of it. */
const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const wanted = readCrashOptions(process.argv.slice(2), Date.now());
  if (wanted === undefined) {
    say(crashUsage());
    return 0;
  }
  const options = possible(wanted);
  if (needsDisk(options) && !hasOwnMounts()) return runWithOwnMounts();
  const { cycles, cities, rate, faults, seed } = options;
  say(
    `${cycles} ${options.powerCuts ? 'power cuts' : 'kills'}, ${cities} cities, ${rate} observations a second, faults ${faults.join(', ')}, seed ${seed}`,
  );
  const startedMs = performance.now();
  const report = await runCrashes(options, (cycle) => say(cycleLine(cycle, options, performance.now() - startedMs)));
  for (const line of reportLines(report, options)) say(line);
  return isClean(report.differences) ? 0 : 1;
}

/** Leaves out, loudly, what this machine cannot do. @throws in CI, where nothing may be left out unseen. */
function possible(options: CrashOptions): CrashOptions {
  const reason = needsDisk(options) ? whyNoSmallDisk() : undefined;
  if (reason === undefined) return options;
  if (options.powerCuts) throw new Error(`The power of a disk cannot be cut here: ${reason}.`);
  if (process.env['CI'] === 'true') throw new Error(`Full disks cannot be tested: ${reason}.`);
  say(`NO CYCLE WITH A FULL DISK: ${reason}.`);
  return { ...options, faults: options.faults.filter((kind) => kind !== 'disk') };
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`crash: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
