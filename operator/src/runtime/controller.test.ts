import { createLogger } from '@isotherm/service-kit';
import { expect, test } from 'vitest';
import { type ReconcileOutcome, runController } from './controller.ts';
import { createControllerMetrics, createQueueMetrics } from './metrics.ts';
import { manualRuntime } from './testing/manual-runtime.ts';
import { createWorkQueue } from './work-queue.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

function run(outcomes: (ReconcileOutcome | Error)[]) {
  const runtime = manualRuntime();
  const queue = createWorkQueue({ runtime, metrics: createQueueMetrics('test') });
  const stop = new AbortController();
  const runs: number[] = [];
  const ended = runController(
    {
      queue,
      runtime,
      logger,
      metrics: createControllerMetrics('test', 1),
      reconcile: async () => {
        runs.push(runtime.monotonicMs());
        const outcome = outcomes.shift() ?? { kind: 'done' };
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    },
    { concurrency: 1, signal: stop.signal },
  );
  const turn = async (ms = 0) => {
    runtime.advance(ms);
    for (let i = 0; i < 5; i++) await runtime.nextTurn();
  };
  const end = async () => {
    stop.abort();
    await ended;
  };
  return { queue, runs, turn, stop: end };
}

test('an object that is done is not looked at until it is added again', async () => {
  const { queue, runs, turn, stop } = run([{ kind: 'done' }]);
  queue.add('a');
  await turn();
  await turn(3_600_000);
  expect(runs).toHaveLength(1);
  await stop();
});

test('an object that awaits something is looked at again after its time', async () => {
  const { queue, runs, turn, stop } = run([{ kind: 'again', afterMs: 5000 }]);
  queue.add('a');
  await turn();
  await turn(4999);
  expect(runs).toHaveLength(1);
  await turn(1);
  expect(runs).toEqual([0, 5000]);
  await stop();
});

test('an error and what is thrown are tried again; a terminal error is not', async () => {
  const { queue, runs, turn, stop } = run([
    { kind: 'retry', error: new Error('x') },
    new Error('thrown'),
    { kind: 'terminal', error: new Error('y') },
  ]);
  queue.add('a');
  await turn();
  await turn(100);
  await turn(200);
  expect(runs).toHaveLength(3);
  await turn(3_600_000);
  expect(runs).toHaveLength(3);
  await stop();
});
