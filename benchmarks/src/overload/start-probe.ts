import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ProbeReport } from './probe-thread.ts';

/** A caller with manners, on a thread of its own: one reading at a time, each sent when the one before is acked. */
export interface Probe {
  /** Ack times since the last call, in ms. */
  ackMs(): Promise<readonly number[]>;
  /** @returns readings acked. */
  end(): Promise<number>;
}

/** Starts it at this moment's priority. */
export function startProbe(ingestAddress: string): Probe {
  const worker = new Worker(new URL('./probe-thread.ts', import.meta.url), { workerData: ingestAddress });
  const ask = async (question: 'report' | 'end'): Promise<ProbeReport> => {
    const answered = once(worker, 'message');
    worker.postMessage(question);
    const [report] = (await answered) as [ProbeReport];
    return report;
  };
  return {
    ackMs: async () => (await ask('report')).ackMs,
    end: async () => (await ask('end')).acked,
  };
}
