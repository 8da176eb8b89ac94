import type { Observation } from '@isotherm/client';
import { createObservationStream, DEFAULT_RETRY_POLICY, type ObservationStream } from '@isotherm/client/internals';
import type { Prng } from '@isotherm/testkit';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { StreamServer } from '../fakes/network.ts';
import type { World } from './world.ts';

/** A producer: the product's own client on a simulated network. */
export interface ProducerNode {
  readonly process: SimulatedProcess;
  readonly session: bigint;
  /** Sends nothing new from now on. */
  finish(): void;
  /** Whether everything it sent is answered. */
  readonly done: boolean;
}

/** Starts a producer of a name and session. */
export function startProducer(
  world: World,
  identity: { readonly producerId: string; readonly session: bigint },
  target: () => StreamServer | undefined,
): ProducerNode {
  const { layout, ledger, network } = world;
  const process = world.spawn(identity.producerId);
  const prng = world.prng.fork();
  let finishing = false;
  const maxInFlight = prng.pick([1, 4, 32]);
  /** Sequences without an answer, oldest first. */
  const unanswered = new Set<number>();
  let sequence = 0;
  let over = 0;
  let closed = false;
  const stream = open();

  function open(): ObservationStream {
    return createObservationStream(network.channel(process, target), {
      ...identity,
      returnTokens: true,
      maxInFlight,
      signal: undefined,
      retry: { ...DEFAULT_RETRY_POLICY, maxElapsedMs: 3_600_000 },
      runtime: process,
      onOver() {
        over += 1;
      },
    });
  }

  async function sendOne(): Promise<void> {
    sequence += 1;
    const number = sequence;
    const rows = drawRows(world, prng, process.now());
    const batch = ledger.sending({ ...identity, sequence, rows });
    const sent = await stream.write(rows);
    unanswered.add(number);
    const oldest = unanswered.values().next().value ?? number;
    world.violations.expect(
      number - oldest < maxInFlight,
      'a producer runs no further ahead than it may',
      () => `${number}, oldest ${oldest}`,
    );
    world.violations.expect(sent.sequence === sequence, 'sequences rise by one', () => `${sent.sequence}, ${sequence}`);
    sent.result.then(
      ({ readToken, accepted, rejected, sequence: answered, rejections }) => {
        batch.acked = true;
        batch.readToken = readToken;
        const counts = [accepted + rejected, answered, sent.rows, Math.min(100, rejected)];
        world.violations.expect(
          `${counts}` === `${[rows.length, number, rows.length, rejections.length]}`,
          'an answer accounts for every row of its batch',
          () => `${counts}`,
        );
        unanswered.delete(number);
      },
      (error: unknown) => {
        unanswered.delete(number);
        world.recorder.logger.debug({ err: error }, 'simulation: batch was refused for good');
      },
    );
  }

  async function run(): Promise<void> {
    while (!finishing) {
      await sendOne();
      await process.sleep(prng.float() * 2 * layout.batchEveryMs);
    }
    await end();
  }

  /** Whoever closes a stream has an answer to everything. */
  async function end(): Promise<void> {
    await stream.flush().catch(() => undefined);
    const waiting = unanswered.size;
    await stream.close();
    const late = await stream.write([]).then(
      () => 'taken',
      (error: unknown) => (error as { id?: string }).id,
    );
    world.violations.expect(
      waiting === 0 && over === 1 && late === 'STREAM_CLOSED' && stream.inFlight === 0,
      'a closed stream is over, and everything is answered',
      () => `${waiting} without an answer, told ${over} times, then ${late}`,
    );
    closed = true;
  }

  run().catch((error: unknown) => {
    world.recorder.logger.warn({ err: error }, 'simulation: producer left');
    process.kill();
  });
  return {
    process,
    session: identity.session,
    finish() {
      finishing = true;
    },
    get done() {
      return finishing && closed;
    },
  };
}

/** Rows as a hard day makes them: most of now, some late by minutes or hours, some from the future, some impossible. */
function drawRows({ layout }: World, prng: Prng, nowMs: number): Observation[] {
  return Array.from({ length: 1 + prng.below(prng.chance(0.1) ? 30 : 5) }, () => {
    const humidity = prng.chance(0.03) ? 130 : prng.below(10_400) / 100;
    const temperature = prng.chance(0.02) ? 37.123456 : prng.below(6_000) / 100 - 15;
    return {
      cityId: prng.pick(layout.cityIds),
      observeTime: nowMs - drawLag(prng),
      ...(prng.chance(0.9) ? { temperatureCelsius: temperature } : {}),
      ...(prng.chance(0.9) ? { relativeHumidityPercent: humidity } : {}),
      ...(prng.chance(0.5) ? { windSpeedMps: prng.below(3_000) / 100 } : {}),
      ...(prng.chance(0.1) ? { sensorId: prng.pick(['a', 'b']) } : {}),
    };
  });
}

function drawLag(prng: Prng): number {
  const kind = prng.float();
  if (kind < 0.7) return prng.below(20_000);
  if (kind < 0.9) return prng.below(40 * 60_000);
  if (kind < 0.97) return prng.below(5 * 3_600_000);
  return -prng.below(8 * 60_000);
}
