import { setTimeout as delay } from 'node:timers/promises';
import { createPrng, type Prng } from '@isotherm/testkit';
import type { ProxiedKafka } from './proxied-kafka.ts';

const STEPS = 10;
const LONGEST_WAIT_MS = 2500;

/** What happens to the brokers, one step after another. The same seed gives the same plan. */
export interface FaultPlan {
  readonly seed: number;
  readonly deliveryTimeoutMs: number;
  readonly steps: readonly { readonly waitMs: number; readonly fault: Fault; readonly broker: number }[];
}

const FAULTS = ['kill', 'stop', 'freeze', 'start', 'holdAnswers', 'holdAll', 'cut', 'heal', 'moveLeaders'] as const;
type Fault = (typeof FAULTS)[number];

/** Draws a plan. */
export function drawFaultPlan(seed: number): FaultPlan {
  const prng: Prng = createPrng(seed);
  return {
    seed,
    deliveryTimeoutMs: prng.pick([1000, 4000, 180_000]),
    steps: Array.from({ length: STEPS }, () => ({
      waitMs: prng.below(LONGEST_WAIT_MS),
      fault: prng.pick(FAULTS),
      broker: prng.below(3),
    })),
  };
}

/** A plan in one line. */
export function showFaultPlan({ deliveryTimeoutMs, steps }: FaultPlan): string {
  const shown = steps.map(({ waitMs, fault, broker }) => `${waitMs} ms ${fault} ${broker + 1}`);
  return `given up after ${deliveryTimeoutMs} ms: ${shown.join(', ')}`;
}

/** Plays a plan, and heals everything in the end. */
export async function playFaultPlan(kafka: ProxiedKafka, plan: FaultPlan, topic: string): Promise<void> {
  for (const { waitMs, fault, broker } of plan.steps) {
    await delay(waitMs);
    await play(kafka, { fault, broker, topic });
  }
  await kafka.heal();
}

async function play(
  kafka: ProxiedKafka,
  { fault, broker: index, topic }: { readonly fault: Fault; readonly broker: number; readonly topic: string },
): Promise<void> {
  const broker = kafka.cluster.brokers[index]!;
  const proxy = kafka.proxies[index]!;
  switch (fault) {
    case 'kill':
      return broker.kill();
    case 'stop':
      broker.resume();
      // It waits for others to take its leaderships over, for ever where there are none.
      return Promise.race([broker.stop(), delay(3000).then(() => broker.kill())]);
    case 'freeze':
      return broker.freeze();
    case 'start':
      broker.resume();
      return broker.running ? undefined : broker.launch();
    case 'holdAnswers':
      return proxy.holdAnswers();
    case 'holdAll':
      return proxy.holdAll();
    case 'cut':
      return proxy.cut();
    case 'heal':
      return proxy.heal();
    case 'moveLeaders':
      // Needs all brokers; where one is missing, leaders have moved anyway.
      return kafka.isWhole() ? kafka.moveLeaders(topic).catch(() => undefined) : undefined;
  }
}
