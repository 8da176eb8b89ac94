import { parentPort, workerData } from 'node:worker_threads';
import { fuzzTargets } from '../targets/fuzz-targets.ts';
import { runTarget, type TargetReport } from './run-target.ts';

/** A share of a target's runs. */
export interface FuzzJob {
  readonly target: string;
  readonly runs: number;
  readonly seed: number;
}

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly runs: number }
  | { readonly kind: 'done'; readonly report: TargetReport };

/** Memory both sides see: the length of the input at hand, then its bytes. */
export interface WorkerMemory {
  readonly atHand: SharedArrayBuffer;
}

/** Takes a job after the other until it is ended. */
const { atHand } = workerData as WorkerMemory;
const length = new Uint32Array(atHand, 0, 1);
const bytes = new Uint8Array(atHand, 4);
const port = parentPort;
if (port === null) throw new Error('This runs as a thread of npm run fuzz.');
const say = (message: WorkerMessage) => port.postMessage(message);

port.on('message', (job: FuzzJob) => {
  void take(job);
});

async function take(job: FuzzJob): Promise<void> {
  const target = fuzzTargets.find(({ name }) => name === job.target);
  if (target === undefined) throw new Error(`There is no target ${job.target}.`);
  const report = await runTarget(target, {
    runs: job.runs,
    seed: job.seed,
    onInput(input) {
      length[0] = Math.min(input.length, bytes.length);
      bytes.set(input.subarray(0, bytes.length));
    },
    onProgress: (runs) => say({ kind: 'progress', runs }),
  });
  say({ kind: 'done', report });
}
