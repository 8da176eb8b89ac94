import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runSimulation, type SimulationResult } from './run-simulation.ts';
import type { SimulateOptions } from './simulate-options.ts';

/** What crosses between threads: an error does not cross with its class. */
export type PlayedSeed = Omit<SimulationResult, 'violation'> & { readonly violation: string | undefined };

/**
 * Plays seeds on several threads.
 *
 * @param played is told each result as it comes; false ends the rest.
 */
export async function playSeeds(options: SimulateOptions, played: (result: PlayedSeed) => boolean): Promise<void> {
  const { seed, runs, jobs } = options;
  if (jobs === 1) {
    for (let i = 0; i < runs; i++) if (!played(await play(seed + i, options))) return;
    return;
  }
  const workers: Worker[] = [];
  const threads = Array.from({ length: Math.min(jobs, runs) }, (_, first) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { options, first, step: jobs } });
    workers.push(worker);
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (result: PlayedSeed) => {
        if (!played(result)) for (const each of workers) void each.terminate();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  });
  await Promise.all(threads);
}

async function play(seed: number, { without, trace }: SimulateOptions): Promise<PlayedSeed> {
  const tell = trace ? (line: string) => process.stdout.write(`${line}\n`) : undefined;
  const result = await runSimulation(seed, { without, ...(tell === undefined ? {} : { tell }) });
  return { ...result, violation: result.violation?.message };
}

if (!isMainThread && parentPort !== null && workerData?.options !== undefined) {
  const { options, first, step } = workerData as {
    readonly options: SimulateOptions;
    readonly first: number;
    readonly step: number;
  };
  for (let i = first; i < options.runs; i += step) parentPort.postMessage(await play(options.seed + i, options));
}
