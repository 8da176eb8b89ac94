import { Worker } from 'node:worker_threads';
import type { FuzzJob, WorkerMessage } from './fuzz-worker.ts';
import type { TargetReport } from './run-target.ts';

/** Options of {@link runJobs}. */
export interface RunJobsOptions {
  /** Threads. */
  readonly jobs: number;
  readonly onProgress: (runs: number) => void;
  readonly onReport: (report: TargetReport) => void;
}

const LARGEST_INPUT_BYTES = 1 << 20;
/** A thread's heap, beside its buffers. */
const MAX_HEAP_MB = 768;
/** A thread that takes no further input for so long hangs. */
const HANG_MS = 60_000;

/** Runs jobs on several threads. A thread that hangs or dies makes a finding of the input it had at hand. */
export async function runJobs(queue: readonly FuzzJob[], options: RunJobsOptions): Promise<void> {
  const left = [...queue];
  await Promise.all(Array.from({ length: Math.min(options.jobs, queue.length) }, () => runThread(left, options)));
}

async function runThread(left: FuzzJob[], options: RunJobsOptions): Promise<void> {
  let job = left.shift();
  while (job !== undefined) {
    const thread = startThread();
    try {
      for (; job !== undefined; job = left.shift()) {
        const report = await thread.run(job, options.onProgress);
        options.onReport(report);
        if (thread.lost) break;
      }
      if (thread.lost) job = left.shift();
    } finally {
      await thread.end();
    }
  }
}

function startThread() {
  const atHand = new SharedArrayBuffer(4 + LARGEST_INPUT_BYTES);
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: { atHand },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const thread = {
    lost: false,
    run(job: FuzzJob, onProgress: (runs: number) => void): Promise<TargetReport> {
      return new Promise((resolve) => {
        let done = 0;
        const lose = (what: string, detail = '') => {
          thread.lost = true;
          finish({
            target: job.target,
            runs: done,
            accepted: 0,
            reached: new Map(),
            findings: [lost(job, done, what, detail)],
          });
        };
        const hang = () => lose(`it took no further input for ${HANG_MS / 1000} s`);
        let timer = setTimeout(hang, HANG_MS);
        const onMessage = (message: WorkerMessage) => {
          clearTimeout(timer);
          if (message.kind === 'done') return finish(message.report);
          timer = setTimeout(hang, HANG_MS);
          done += message.runs;
          onProgress(message.runs);
        };
        const onError = (error: Error) => lose(`the thread died: ${error.message}`, error.stack);
        const onExit = (code: number) => lose(`the thread ended with ${code}`);
        function finish(report: TargetReport): void {
          clearTimeout(timer);
          worker.off('message', onMessage).off('error', onError).off('exit', onExit);
          resolve(report);
        }
        worker.on('message', onMessage).on('error', onError).on('exit', onExit);
        worker.postMessage(job);
      });
    },
    async end(): Promise<void> {
      worker.on('error', () => {});
      await worker.terminate();
    },
  };

  function lost(job: FuzzJob, run: number, what: string, detail: string) {
    const [length = 0] = new Uint32Array(atHand, 0, 1);
    const input = new Uint8Array(atHand, 4, length).slice();
    return { kind: 'crash' as const, what, detail, target: job.target, seed: job.seed, run, input };
  }
  return thread;
}
