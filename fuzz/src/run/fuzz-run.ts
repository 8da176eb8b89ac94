import { createPrng } from '@isotherm/testkit';
import type { FuzzTarget } from '../fuzz-target.ts';
import type { FuzzJob } from './fuzz-worker.ts';
import { runJobs } from './run-jobs.ts';
import type { Finding, TargetReport } from './run-target.ts';

/** Options of {@link runFuzz}. */
export interface FuzzRunOptions {
  /** Inputs over all targets. */
  readonly runs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly onProgress: (runs: number) => void;
}

/** What came of a target over all its jobs. */
export interface MergedReport {
  readonly target: FuzzTarget;
  runs: number;
  accepted: number;
  readonly reached: Map<string, number>;
  readonly findings: Finding[];
}

/** Inputs of a job: after so many a target is opened anew. */
const RUNS_PER_JOB = 20_000;

/** Shares the runs out among targets by their weights and runs them. */
export async function runFuzz(targets: readonly FuzzTarget[], options: FuzzRunOptions): Promise<MergedReport[]> {
  const merged = new Map<string, MergedReport>(
    targets.map((target) => [target.name, { target, runs: 0, accepted: 0, reached: new Map(), findings: [] }]),
  );
  const merge = (report: TargetReport) => {
    const into = merged.get(report.target)!;
    into.runs += report.runs;
    into.accepted += report.accepted;
    for (const [name, count] of report.reached) into.reached.set(name, (into.reached.get(name) ?? 0) + count);
    into.findings.push(...report.findings);
  };
  await runJobs(jobsOf(targets, options), { jobs: options.jobs, onProgress: options.onProgress, onReport: merge });
  return [...merged.values()];
}

/** Quick ones first: they find most, and soon. */
function jobsOf(targets: readonly FuzzTarget[], { runs, seed }: FuzzRunOptions): FuzzJob[] {
  const weights = targets.reduce((sum, { weight }) => sum + weight, 0);
  const jobs: (FuzzJob & { readonly costs: number })[] = [];
  let given = 0;
  targets.forEach((target, index) => {
    const last = index === targets.length - 1;
    const share = last ? runs - given : Math.round((runs * target.weight) / weights);
    given += share;
    const count = Math.max(1, Math.ceil(share / RUNS_PER_JOB));
    for (let part = 0; part < count; part += 1) {
      const own = Math.floor((share * (part + 1)) / count) - Math.floor((share * part) / count);
      const jobSeed = createPrng(seed ^ Math.imul(index + 1, 0x9e37_79b1) ^ Math.imul(part, 0x85eb_ca6b)).uint32();
      if (own > 0) jobs.push({ target: target.name, runs: own, seed: jobSeed, costs: own / target.weight });
    }
  });
  return jobs
    .sort((a, b) => a.costs - b.costs)
    .map(({ target, runs: own, seed: own32 }) => ({ target, runs: own, seed: own32 }));
}
