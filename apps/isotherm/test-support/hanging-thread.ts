import { serveThread } from '../src/threads/serve-thread.ts';

/** A thread that can be made to hang. */
export type HangingCalls = {
  whoAreYou: { argument: undefined; result: number };
  hang: { argument: undefined; result: undefined };
  close: { argument: undefined; result: undefined };
};

const identity = Math.random();

serveThread(async () => ({
  whoAreYou: () => identity,
  hang() {
    for (;;);
  },
  close: () => undefined,
}));
