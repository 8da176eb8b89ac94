import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of vitest's JSON report that counts. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Adds up the reports of all packages and ends with one plain line. */
const root = join(import.meta.dirname, '../..');
const reports = globSync('{packages,apps,examples}/*/.cache/{,kafka-}test-results.json', { cwd: root })
  .concat(globSync('{crashtests,fuzz,operator,simulation,tools}/.cache/test-results.json', { cwd: root }))
  .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Report);
const skippedNames = reports.flatMap((report) =>
  report.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'skipped' || status === 'pending')
      .map(({ fullName }) => fullName),
  ),
);
for (const name of skippedNames) process.stdout.write(`SKIPPED: ${name}\n`);
const sum = (pick: (report: Report) => number) => reports.reduce((total, report) => total + pick(report), 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests);
const skipped = sum((report) => report.numPendingTests);
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
