import { workerUnavailable } from './supervise-thread.ts';
import type { SupervisedWorker, WorkerInstance } from './supervise-worker.ts';

/** Resolves when the worker is up. @throws WORKER_UNAVAILABLE if it is stopped for good. */
export function onceReady(worker: SupervisedWorker<WorkerInstance>): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'ready') resolve();
      else if (worker.state === 'stopped') reject(workerUnavailable(worker.name));
      else return;
      forget();
    };
    const forget = worker.onStateChange(look);
    look();
  });
}

/** Calls `then` now if the worker is up, and each time it comes up. @returns a function that ends that. */
export function onReady(worker: SupervisedWorker<WorkerInstance>, then: () => void): () => void {
  if (worker.state === 'ready') then();
  return worker.onStateChange((state) => {
    if (state === 'ready') then();
  });
}
