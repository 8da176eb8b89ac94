import { afterEach, describe, expect, it } from 'vitest';
import { drawFaultPlan, playFaultPlan, showFaultPlan } from './faults/fault-plan.ts';
import { useProxiedKafka } from './faults/proxied-kafka.ts';
import { NO_FAULT, runUnderFaults } from './faults/run-under-faults.ts';
import { createLogPlace, topicOf } from './kafka-harness.ts';

const PLANS = Number(process.env['ISOTHERM_KAFKA_PLANS'] ?? 3);
const FIRST_SEED = Number(process.env['ISOTHERM_KAFKA_SEED'] ?? 1);

describe('faults in an order that nobody chose: none is lost, none is there twice, nothing hangs', () => {
  const kafka = useProxiedKafka();
  afterEach(() => kafka.current.heal());

  it.for(Array.from({ length: PLANS }, (_, i) => FIRST_SEED + i))('seed %i', async (seed) => {
    const plan = drawFaultPlan(seed);
    const place = await createLogPlace(kafka.current.cluster, { partitionCount: 8, requestTimeoutMs: 2000 });
    const log = await place.open({ deliveryTimeoutMs: plan.deliveryTimeoutMs });
    const { name: topic } = await topicOf(place);
    const report = await runUnderFaults(log, () => playFaultPlan(kafka.current, plan, topic));
    process.stdout.write(`seed ${seed}, ${showFaultPlan(plan)}\n  ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject(NO_FAULT);
    await log.close();
    await place.remove();
  });
});
