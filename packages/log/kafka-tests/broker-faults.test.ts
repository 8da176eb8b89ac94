import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../src/index.ts';
import { useProxiedKafka } from './faults/proxied-kafka.ts';
import { NO_FAULT, runUnderFaults } from './faults/run-under-faults.ts';
import { createLogPlace, type LogPlace, topicOf } from './kafka-harness.ts';

const AWAY_MS = 1000 * Number(process.env['ISOTHERM_KAFKA_AWAY_SECONDS'] ?? 10);

describe('brokers that fail while records are appended and read: none is lost, none is there twice, nothing hangs', () => {
  const kafka = useProxiedKafka();
  let place: LogPlace;
  let log: Log;

  beforeEach(async () => {
    place = await createLogPlace(kafka.current.cluster, { partitionCount: 8, requestTimeoutMs: 2000 });
    log = await place.open({ deliveryTimeoutMs: AWAY_MS + 240_000 });
  });
  afterEach(async () => {
    await kafka.current.heal();
    await log.close();
    await place.remove();
  });

  const broker = (number: number) => kafka.current.cluster.brokers[number - 1]!;
  const proxy = (number: number) => kafka.current.proxies[number - 1]!;

  /** Runs the faults, then heals, then expects that every record was kept, once. */
  async function expectAllKept(faults: () => Promise<void>): Promise<void> {
    const report = await runUnderFaults(log, async () => {
      await delay(500);
      await faults();
      await kafka.current.heal();
    });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report).toMatchObject({ ...NO_FAULT, notKept: 0, unknown: 0 });
    expect(report.kept).toBeGreaterThan(0);
  }

  it('one is killed and started again', () =>
    expectAllKept(async () => {
      await broker(1).kill();
      await delay(6000);
      await broker(1).start();
      await delay(1000);
    }));

  it('two are killed back to back', () =>
    expectAllKept(async () => {
      await broker(1).kill();
      await broker(2).kill();
      await Promise.all([broker(1).start(), broker(2).start()]);
      await broker(3).kill();
      await delay(2000);
      await broker(3).start();
    }));

  it('one hangs, longer than its session, and goes on', () =>
    expectAllKept(async () => {
      broker(2).freeze();
      await delay(8000);
      broker(2).resume();
      await delay(2000);
    }));

  it('one hangs for a moment and loses nothing but time', () =>
    expectAllKept(async () => {
      broker(3).freeze();
      await delay(2500);
      broker(3).resume();
      await delay(500);
    }));

  it('leaders move', () =>
    expectAllKept(async () => {
      await kafka.current.moveLeaders((await topicOf(place)).name);
      await delay(500);
      await broker(1).stop();
      await delay(500);
      await broker(1).start();
      await kafka.current.moveLeaders((await topicOf(place)).name);
      await delay(500);
    }));

  it('answers are lost on their way: what was sent again is there once', () =>
    expectAllKept(async () => {
      for (let round = 0; round < 5; round++) {
        for (const number of [1, 2, 3]) {
          proxy(number).holdAnswers();
          await delay(100);
          proxy(number).cut();
          await delay(50);
          proxy(number).heal();
        }
        await delay(300);
      }
    }));

  it('followers do not answer: leaders time out, and the same record is kept later', () =>
    expectAllKept(async () => {
      broker(1).freeze();
      broker(2).freeze();
      await delay(5000);
      broker(1).resume();
      broker(2).resume();
      await delay(1000);
    }));

  it('all are away for a while', () =>
    expectAllKept(async () => {
      await Promise.all([1, 2, 3].map((number) => broker(number).kill()));
      await delay(AWAY_MS);
      await Promise.all([1, 2, 3].map((number) => broker(number).start()));
    }));

  it('the network is cut between this client and all brokers', () =>
    expectAllKept(async () => {
      for (const number of [1, 2, 3]) proxy(number).cut();
      await delay(AWAY_MS);
    }));

  it('records that are not kept in time are given up, and say so; what is given up comes back at most once', async () => {
    const impatient = await place.open({ deliveryTimeoutMs: 1000 });
    const report = await runUnderFaults(impatient, async () => {
      for (let round = 0; round < 3; round++) {
        for (const number of [1, 2, 3]) proxy(number).holdAnswers();
        await delay(4000);
        for (const number of [1, 2, 3]) proxy(number).cut();
        await delay(2000);
        await kafka.current.heal();
        broker(1 + round).freeze();
        await delay(3000);
        broker(1 + round).resume();
        await delay(1000);
      }
    });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    await impatient.close();
    expect(report).toMatchObject(NO_FAULT);
    expect(report.unknown).toBeGreaterThan(0);
    expect(report.unknownInLog).toBeGreaterThan(0);
  });
});
