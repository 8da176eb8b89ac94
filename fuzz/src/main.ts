import { fuzzUsage, readFuzzOptions } from './fuzz-options.ts';
import { findingLines, reportLines } from './print-report.ts';
import { type MergedReport, runFuzz } from './run/fuzz-run.ts';
import { runInput } from './run/run-input.ts';
import { runTarget } from './run/run-target.ts';
import { fuzzTargets } from './targets/fuzz-targets.ts';

/** `npm run fuzz`: damaged, random and hostile input for everything that reads bytes. Exit 1 on a finding. */
const say = (text: string) => process.stdout.write(`${text}\n`);
const PROGRESS_EVERY_MS = 10_000;

try {
  const options = readFuzzOptions(process.argv.slice(2), {
    targets: fuzzTargets.map(({ name }) => name),
    nowMs: Date.now(),
  });
  const targets = fuzzTargets.filter(({ name }) => options?.targets.includes(name));
  if (options === undefined) {
    say(fuzzUsage());
    for (const { name, reads } of fuzzTargets) say(`  ${name.padEnd(18)} ${reads}`);
  } else if (options.replay !== undefined) {
    await replay(targets[0]!, options.replay);
  } else if (options.jobSeed !== undefined) {
    const { runs, jobSeed: seed } = options;
    const report = await runTarget(targets[0]!, { runs, seed, onInput: () => {}, onProgress: () => {} });
    print([{ ...report, target: targets[0]!, reached: new Map(report.reached), findings: [...report.findings] }]);
  } else {
    say(`${options.runs} inputs for ${targets.length} targets, seed ${options.seed}`);
    const beganMs = performance.now();
    let done = 0;
    const timer = setInterval(() => {
      const perSecond = done / ((performance.now() - beganMs) / 1000);
      const leftSeconds = Math.round((options.runs - done) / Math.max(1, perSecond));
      say(`${done} of ${options.runs} inputs, ${Math.round(perSecond)} a second, about ${leftSeconds} s left`);
    }, PROGRESS_EVERY_MS);
    const reports = await runFuzz(targets, { ...options, onProgress: (runs) => (done += runs) });
    clearInterval(timer);
    print(reports);
    say(`${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function print(reports: readonly MergedReport[]): void {
  for (const line of reportLines(reports)) say(line);
  const findings = reports.flatMap((report) => report.findings);
  for (const line of findings.flatMap(findingLines)) say(line);
  const runs = reports.reduce((sum, report) => sum + report.runs, 0);
  say(`${runs} inputs, ${findings.length} findings`);
  if (findings.length > 0) process.exitCode = 1;
}

async function replay(target: (typeof fuzzTargets)[number], input: Uint8Array): Promise<void> {
  const open = await target.open();
  const result = await runInput(target, open, input);
  await open.close?.();
  if ('outcome' in result) {
    say(`${target.name}: ${result.outcome.accepted ? 'accepted' : 'refused'}, ${result.outcome.reached}`);
  } else {
    say(`${target.name}: ${result.fault.kind}: ${result.fault.what}\n${result.fault.detail}`);
    process.exitCode = 1;
  }
}
