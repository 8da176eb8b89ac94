import { createLogger } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { type PartLife, type SupervisePartOptions, supervisePart } from './supervise-part.ts';

interface TestLife extends PartLife {
  readonly number: number;
  /** Ends it unasked. */
  crash(error?: Error): void;
  readonly closed: boolean;
}

/** A part whose lives are in the test's hand; `refusals` are the errors of its next starts. */
function startTestPart(options: Partial<SupervisePartOptions> = {}, refusals: Error[] = []) {
  const lives: TestLife[] = [];
  const failures: Error[] = [];
  const moves: string[] = [];
  const part = supervisePart<TestLife>(
    {
      name: 'part',
      logger: createLogger({ service: 'test', level: 'silent' }),
      clock: () => 1000 * lives.length,
      failed: (error) => failures.push(error),
      async start() {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        const end = Promise.withResolvers<Error | undefined>();
        let closed = false;
        const life: TestLife = {
          number: lives.length,
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
        lives.push(life);
        return life;
      },
    },
    { backoffMs: 1, ...options },
  );
  part.onMove((state) => moves.push(state));
  return { part, lives, failures, moves };
}

it('starts a part again that ended unasked, and says so', async () => {
  const { part, lives, failures, moves } = startTestPart();
  await part.ready;
  expect(part.life?.number).toBe(0);
  lives[0]!.crash(new Error('out of memory'));
  await expect.poll(() => part.life?.number).toBe(1);
  expect([part.state, part.restarts, failures, moves]).toEqual(['up', 1, [], ['up', 'away', 'up']]);
  expect(part.outage).toEqual({ sinceMs: 1000, untilMs: 2000 });
});

it('gives a part up that ends too often, with its last error', async () => {
  const { part, lives, failures } = startTestPart({ maxEnds: 3 });
  await part.ready;
  for (let end = 0; end < 3; end++) {
    await expect.poll(() => part.life?.number).toBe(end);
    lives[end]!.crash(new Error(`end ${end}`));
  }
  await expect.poll(() => failures.map(({ message }) => message)).toEqual(['end 2']);
  expect([part.state, lives.length]).toEqual(['gone', 3]);
});

it('does not count kills that were asked for, and kills nothing twice', async () => {
  const { part, lives, failures } = startTestPart({ maxEnds: 2 });
  await part.ready;
  for (let kill = 0; kill < 10; kill++) {
    await expect.poll(() => part.life?.number).toBe(kill);
    expect([part.kill(), part.kill(), part.life]).toEqual([true, false, undefined]);
  }
  await expect.poll(() => part.life?.number).toBe(10);
  expect([failures, part.restarts, lives.length]).toEqual([[], 10, 11]);
});

it('tries again when a start is refused, and gives up in the end', async () => {
  const refusals: Error[] = [];
  const { part, lives, failures } = startTestPart({ maxEnds: 5 }, refusals);
  await part.ready;
  refusals.push(new Error('port in use'), new Error('port in use'));
  lives[0]!.crash();
  await expect.poll(() => part.life?.number).toBe(1);
  refusals.push(...Array.from({ length: 10 }, () => new Error('no memory')));
  lives[1]!.crash();
  await expect.poll(() => failures.map(({ message }) => message)).toEqual(['no memory']);
});

it('is not started again once it is closed, and a first start that fails is told to whoever waits', async () => {
  const { part, lives } = startTestPart();
  await part.ready;
  await Promise.all([part.close(), part.close()]);
  expect([part.state, lives[0]!.closed, lives.length, part.kill()]).toEqual(['gone', true, 1, false]);
  const refused = startTestPart({}, [new Error('directory in use')]);
  await expect(refused.part.ready).rejects.toThrow('directory in use');
  expect([refused.part.state, refused.failures]).toEqual(['gone', []]);
});
