import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deleteTopicsV6, incrementalAlterConfigsV1 } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, show } from '../src/conformance/log-harness.ts';
import { type Log, type LogReader, offsetsOf, type RecordOutcome } from '../src/index.ts';
import { createLogPlace, type LogPlace, topicOf, useConnection, useKafka } from './kafka-harness.ts';

describe('a log that is not what it was: partitions halt, and nothing is reset', () => {
  const kafka = useKafka({ brokers: 1 });
  const connection = useConnection(() => kafka.current.brokers[0]!);
  let place: LogPlace;
  let log: Log;
  let topic: { readonly name: string; readonly id: string };

  beforeEach(async () => {
    place = await createLogPlace(kafka.current, { partitionCount: 3, requestTimeoutMs: 2000, deliveryTimeoutMs: 5000 });
    log = await place.open();
    topic = await topicOf(place);
  });
  afterEach(async () => {
    await log.close();
    await place.remove();
  });

  const fill = async (count: number) => {
    for (let i = 0; i < count; i++) await log.append([0, 1, 2].map((p) => record(p, `${i}`)));
  };
  const readerOf = (...positions: readonly (readonly [number, number])[]) => log.openReader(new Map(positions));

  it('records deleted under a reader: it is told once where the log begins, and reads its other partitions on', async () => {
    await fill(20);
    await using reader = await readerOf([0, 5], [1, 18]);
    await log.trim(new Map([[0, 10]]));
    const { entries, halted } = await pollUntilHalted(reader, 1);
    expect(halted).toMatchObject([
      { partition: 0, error: { id: 'LOG_TRUNCATED', metadata: { partition: '0', offset: '5', start: '10' } } },
    ]);
    expect(entries.filter((line) => line.startsWith('0/'))).toEqual([]);
    await log.append([record(0, 'not read'), record(1, 'new')]);
    while (entries.at(-1) !== '1/20 new') entries.push(...(await reader.poll({ maxBytes: 1000 })).entries.map(show));
    expect(entries).toEqual(['1/18 18', '1/19 19', '1/20 new']);
    await reader.assign(new Map([[0, 10]]));
    expect((await reader.poll({ maxBytes: 1 })).entries.map(show)).toEqual(['0/10 10']);
  });

  it('a topic that is deleted and made again: readers halt, appends are refused, and it is not opened', async () => {
    await fill(3);
    await using reader = await readerOf([0, 3], [1, 0]);
    await deleteTopicsV6.api.async(connection.current, [{ topicId: topic.id }], 5000);
    await makeAgain(topic.name);
    const { halted } = await pollUntilHalted(reader, 2);
    expect(halted.map(({ partition, error }) => [partition, error.id]).sort()).toEqual([
      [0, 'LOG_TOPIC_REPLACED'],
      [1, 'LOG_TOPIC_REPLACED'],
    ]);
    await expect(log.append([record(0, 'x')])).rejects.toMatchObject({ id: 'LOG_TOPIC_REPLACED' });
    await expect(reader.assign(new Map([[2, 0]]))).rejects.toMatchObject({ id: 'LOG_TOPIC_REPLACED' });
    await expect(place.open()).rejects.toMatchObject({
      id: 'LOG_TOPIC_REPLACED',
      metadata: { topic: topic.name, topicId: topic.id },
    });
  });

  it('a topic made again while only appends go on: none is kept in the new one', async () => {
    await fill(3);
    await deleteTopicsV6.api.async(connection.current, [{ topicId: topic.id }], 5000);
    await makeAgain(topic.name);
    const outcomes: RecordOutcome[] = [];
    const refused = async () => outcomes.push(...(await log.append([record(0, 'x'), record(2, 'y')])));
    await expect(refused().then(refused)).rejects.toMatchObject({ id: 'LOG_TOPIC_REPLACED' });
    expect(outcomes.map(({ kind }) => kind)).not.toContain('kept');
    const tool = ['--bootstrap-server', kafka.current.bootstrap.join(','), '--topic', topic.name];
    const offsets = await kafka.current.runTool('org.apache.kafka.tools.GetOffsetShell', tool);
    expect(offsets.trim().split('\n').sort()).toEqual([0, 1, 2].map((p) => `${topic.name}:${p}:0`));
  });

  it('a topic that is deleted: the same, once it has been missing for a while', async () => {
    await fill(3);
    await using reader = await readerOf([0, 3]);
    await deleteTopicsV6.api.async(connection.current, [{ topicId: topic.id }], 5000);
    const { halted } = await pollUntilHalted(reader, 1);
    expect(halted).toMatchObject([{ partition: 0, error: { id: 'LOG_TOPIC_MISSING' } }]);
    await expect(log.append([record(0, 'x')])).rejects.toMatchObject({ id: 'LOG_TOPIC_MISSING' });
    await expect(place.open()).rejects.toMatchObject({ id: 'LOG_TOPIC_MISSING', metadata: { topicId: topic.id } });
  });

  it('a partition that lost its records: a reader past the end halts, and so does the partition for appends', async () => {
    await fill(10);
    await using reader = await readerOf([0, 10], [1, 10]);
    const broker = kafka.current.brokers[0]!;
    await broker.stop();
    await rm(join(broker.dataDirectory, `${topic.name}-0`), { recursive: true });
    await broker.start();
    const { halted } = await pollUntilHalted(reader, 1);
    expect(halted).toMatchObject([
      { partition: 0, error: { id: 'LOG_BEYOND_END', metadata: { partition: '0', offset: '10', end: '0' } } },
    ]);
    await expect(log.openReader(new Map([[0, 10]]))).rejects.toMatchObject({ id: 'LOG_BEYOND_END' });
    const [lost, whole] = await log.append([record(0, 'x'), record(1, 'y')]);
    expect(lost).toMatchObject({ kind: 'unknown', error: { id: 'LOG_WENT_BACK', code: 'DATA_LOSS' } });
    expect(whole).toMatchObject({ kind: 'kept', offset: 10 });
    const [later, other] = await log.append([record(0, 'x'), record(1, 'y')]);
    expect(later).toMatchObject({ kind: 'notKept', error: { id: 'LOG_WENT_BACK' } });
    expect(other).toMatchObject({ kind: 'kept', offset: 11 });
  });

  it('a bit that is wrong on the disk: the records of its batch are reported, and those after it are read', async () => {
    await log.append([record(0, 'before')]);
    await log.append([record(0, 'damaged 1'), record(0, 'damaged 2')]);
    await log.append([record(0, 'after')]);
    const broker = kafka.current.brokers[0]!;
    await broker.stop();
    await flipBitOf('damaged 2', join(broker.dataDirectory, `${topic.name}-0`));
    await broker.start();
    await using reader = await readerOf([0, 0]);
    const seen: string[] = [];
    while (seen.length < 4) {
      const { entries, corruptions } = await reader.poll({ maxBytes: 1000 });
      seen.push(...entries.map(show), ...corruptions.map(({ offset, reason }) => `${offset}: ${reason}`));
    }
    const reason = 'the checksum of its batch is wrong';
    expect(seen).toEqual(['0/0 before', `1: ${reason}`, `2: ${reason}`, '0/3 after']);
    expect(await log.readAt(0, 2)).toBeUndefined();
    expect(show((await log.readAt(0, 3))!)).toBe('0/3 after');
  });

  it('a record over the limit beside a small one: the small one is kept, the other refused with the limit', async () => {
    const large = { partition: 0, bytes: new Uint8Array((64 << 20) + 1) };
    const [small, refused] = await log.append([record(1, 'small'), large]);
    expect(small).toMatchObject({ kind: 'kept', offset: 0 });
    expect(refused).toMatchObject({
      kind: 'notKept',
      error: { id: 'LOG_RECORD_TOO_LARGE', metadata: { setting: 'max.message.bytes', maxBytes: String(64 << 20) } },
    });
    expect(offsetsOf(await log.append([record(0, 'next')]))).toEqual([0]);
  });

  it('the same where the limit was lowered since the log was opened', async () => {
    const resource = { resourceType: 2 as const, resourceName: topic.name };
    const configs = [{ name: 'max.message.bytes', configOperation: 0 as const, value: '2000000' }];
    await incrementalAlterConfigsV1.api.async(connection.current, [{ ...resource, configs }], false);
    const large = { partition: 0, bytes: new Uint8Array(3_000_000) };
    const outcomes = await Promise.all([
      log.append([record(0, 'first')]),
      log.append([large, record(1, 'small')]),
      log.append([record(0, 'last')]),
    ]);
    expect(outcomes[1]).toMatchObject([
      { kind: 'notKept', error: { id: 'LOG_RECORD_TOO_LARGE' } },
      { kind: 'kept', offset: 0 },
    ]);
    // What followed it under way may have been refused with it, and is kept when it is sent again.
    const [again] = await log.append([record(0, 'again')]);
    expect(again?.kind).toBe('kept');
  });

  async function makeAgain(name: string): Promise<void> {
    const make = ['--create', '--topic', name, '--partitions', '3'];
    await kafka.current.runTool('org.apache.kafka.tools.TopicCommand', [
      '--bootstrap-server',
      kafka.current.bootstrap.join(','),
      ...make,
    ]);
  }
});

/** Polls until so many partitions have halted. */
async function pollUntilHalted(reader: LogReader, count: number) {
  const entries: string[] = [];
  const halted = [];
  while (halted.length < count) {
    const batch = await reader.poll({ maxBytes: 1000 });
    entries.push(...batch.entries.map(show));
    halted.push(...batch.halted);
  }
  return { entries, halted };
}

/** Changes one bit of a text in the segments of a partition. */
async function flipBitOf(text: string, directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.log')) continue;
    await using file = await open(join(directory, name), 'r+');
    const bytes = await file.readFile();
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    await file.write(Buffer.from([bytes[at]! ^ 1]), 0, 1, at);
    return;
  }
  throw new Error(`${text} is in no segment of ${directory}`);
}
