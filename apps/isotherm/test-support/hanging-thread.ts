import { closeSync, openSync } from 'node:fs';
import { serveWorker } from '@isotherm/service-kit';

/** A thread that can be made to hang. */
export type HangingCalls = {
  whoAreYou: { argument: undefined; result: number };
  /** Opens a FIFO that nobody writes to, which blocks in the system until somebody does. */
  hangInNativeCode: { argument: string; result: undefined };
  hang: { argument: undefined; result: undefined };
  close: { argument: undefined; result: undefined };
};

const identity = Math.random();

serveWorker<HangingCalls>(async () => ({
  whoAreYou: () => identity,
  hangInNativeCode: (fifo) => void closeSync(openSync(fifo, 'r')) as undefined,
  hang() {
    for (;;);
  },
  close: () => undefined,
}));
