import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerReport } from '../../control/worker-report.ts';
import { CliError } from '../cli-error.ts';
import type { ControlClient } from './control-client.ts';

/** A kill and what came of it. */
export interface KillOutcome {
  readonly worker: string;
  readonly kind: string;
  readonly killedAt: Date;
  /** Cities that were unavailable meanwhile. */
  readonly cities: number;
  /** From the kill until the worker worked again. */
  readonly unavailableSeconds: number;
}

/** What is told while a worker is unavailable. */
export type KillProgress = (worker: WorkerReport, unavailableSeconds: number) => void;

const LOOK_MS = 20;
const BACK_LIMIT_MS = 120_000;

/** Kills a worker and waits until it is back. @throws CliError if it does not come back within two minutes */
export async function killWorker(client: ControlClient, name: string, progress: KillProgress): Promise<KillOutcome> {
  const { workers } = await client.kill(name);
  const killed = workerOf(workers, name);
  const killedMs = killed.outage?.sinceMs ?? Date.now();
  for (;;) {
    const worker = workerOf((await client.workers()).workers, name);
    if (worker.state === 'ready' && worker.restarts > killed.restarts && worker.outage?.untilMs) {
      return {
        worker: name,
        kind: worker.kind,
        killedAt: new Date(killedMs),
        cities: killed.cities,
        unavailableSeconds: (worker.outage.untilMs - killedMs) / 1000,
      };
    }
    const unavailableMs = Date.now() - killedMs;
    if (worker.state === 'stopped') throw new CliError(`${name} did not come back; the platform's log says why.`);
    if (unavailableMs > BACK_LIMIT_MS)
      throw new CliError(`${name} is still unavailable after ${BACK_LIMIT_MS / 1000} s.`);
    progress(worker, unavailableMs / 1000);
    await sleep(LOOK_MS);
  }
}

function workerOf(workers: readonly WorkerReport[], name: string): WorkerReport {
  const worker = workers.find((each) => each.name === name);
  if (worker === undefined) throw new CliError(`The platform has no worker ${name} any more.`);
  return worker;
}
