import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { type SuperviseWorkerOptions, superviseWorker, type WorkerInstance } from './supervise-worker.ts';

interface TestInstance extends WorkerInstance {
  readonly number: number;
  /** Ends it unasked. */
  crash(error?: Error): void;
  readonly closed: boolean;
}

/** A worker whose instances are in the test's hand; `refusals` are the errors of its next starts. */
function startTestWorker(options: Partial<SuperviseWorkerOptions> = {}, refusals: Error[] = []) {
  const instances: TestInstance[] = [];
  const failures: Error[] = [];
  const moves: string[] = [];
  const worker = superviseWorker<TestInstance>(
    {
      name: 'worker',
      logger: createLogger({ service: 'test', level: 'silent' }),
      clock: () => 1000 * instances.length,
      failed: (error) => failures.push(error),
      async start() {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        const end = Promise.withResolvers<Error | undefined>();
        let closed = false;
        const instance: TestInstance = {
          number: instances.length,
          ended: end.promise,
          crash: (error) => end.resolve(error),
          get closed() {
            return closed;
          },
          async kill() {
            end.resolve(undefined);
          },
          async close() {
            closed = true;
            end.resolve(undefined);
          },
        };
        instances.push(instance);
        return instance;
      },
    },
    { backoffMs: 1, ...options },
  );
  worker.onStateChange((state) => moves.push(state));
  return { worker, instances, failures, moves };
}

it('starts a worker again that ended unasked, and says so', async () => {
  const { worker, instances, failures, moves } = startTestWorker();
  await worker.ready;
  expect(worker.instance?.number).toBe(0);
  instances[0]!.crash(new Error('out of memory'));
  await expect.poll(() => worker.instance?.number).toBe(1);
  expect([worker.state, worker.restarts, failures, moves]).toEqual(['ready', 1, [], ['ready', 'unavailable', 'ready']]);
  expect(worker.outage).toEqual({ sinceMs: 1000, untilMs: 2000 });
});

it('gives a worker up that ends too often, with its last error', async () => {
  const { worker, instances, failures } = startTestWorker({ maxEnds: 3 });
  await worker.ready;
  for (let end = 0; end < 3; end++) {
    await expect.poll(() => worker.instance?.number).toBe(end);
    instances[end]!.crash(new Error(`end ${end}`));
  }
  await expect.poll(() => failures.map(({ message }) => message)).toEqual(['end 2']);
  expect([worker.state, instances.length]).toEqual(['stopped', 3]);
});

it('does not count kills that were asked for, and kills nothing twice', async () => {
  const { worker, instances, failures } = startTestWorker({ maxEnds: 2 });
  await worker.ready;
  for (let kill = 0; kill < 10; kill++) {
    await expect.poll(() => worker.instance?.number).toBe(kill);
    expect([worker.kill(), worker.kill(), worker.instance]).toEqual([true, false, undefined]);
  }
  await expect.poll(() => worker.instance?.number).toBe(10);
  expect([failures, worker.restarts, instances.length]).toEqual([[], 10, 11]);
});

it('tries again when a start is refused, and gives up in the end', async () => {
  const refusals: Error[] = [];
  const { worker, instances, failures } = startTestWorker({ maxEnds: 5 }, refusals);
  await worker.ready;
  refusals.push(new Error('port in use'), new Error('port in use'));
  instances[0]!.crash();
  await expect.poll(() => worker.instance?.number).toBe(1);
  refusals.push(...Array.from({ length: 10 }, () => new Error('no memory')));
  instances[1]!.crash();
  await expect.poll(() => failures.map(({ message }) => message)).toEqual(['no memory']);
});

it('is not started again once it is closed, and a first start that fails is told to whoever waits', async () => {
  const { worker, instances } = startTestWorker();
  await worker.ready;
  await Promise.all([worker.close(), worker.close()]);
  expect([worker.state, instances[0]!.closed, instances.length, worker.kill()]).toEqual(['stopped', true, 1, false]);
  const refused = startTestWorker({}, [new Error('directory in use')]);
  await expect(refused.worker.ready).rejects.toThrow('directory in use');
  expect([refused.worker.state, refused.failures]).toEqual(['stopped', []]);
});
