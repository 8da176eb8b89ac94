import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of vitest's JSON report that counts. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** Adds up the reports of all packages and ends with one plain line. */
const root = join(import.meta.dirname, '../..');
const reports = globSync('{packages,apps,examples}/*/.cache/test-results.json', { cwd: root })
  .concat(globSync('{crashtests,operator}/.cache/test-results.json', { cwd: root }))
  .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Report);
const sum = (pick: (report: Report) => number) => reports.reduce((total, report) => total + pick(report), 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests);
const skipped = sum((report) => report.numPendingTests);
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
