import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openS3Blobs } from '@isotherm/checkpoint/s3';
import { findVersitygw, startVersitygw } from '@isotherm/local-services';
import { incrementalAlterConfigsV1 } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record } from '../src/conformance/log-harness.ts';
import { offsetsOf } from '../src/index.ts';
import { createLogPlace, type LogPlace, topicOf, useConnection, useKafka } from './kafka-harness.ts';

describe('opening a log on Kafka', () => {
  const kafka = useKafka({ brokers: 1 });
  const connection = useConnection(() => kafka.current.brokers[0]!);
  let place: LogPlace;
  beforeEach(async () => {
    place = await createLogPlace(kafka.current, { partitionCount: 2, requestTimeoutMs: 2000 });
  });
  afterEach(() => place.remove());

  const topicTool = (...options: readonly string[]) =>
    kafka.current.runTool('org.apache.kafka.tools.TopicCommand', [
      '--bootstrap-server',
      kafka.current.bootstrap.join(','),
      ...options,
    ]);
  const makeTopic = (name: string, configs: Readonly<Record<string, string>> = {}) =>
    topicTool(
      ...['--create', '--topic', name, '--partitions', '2'],
      ...Object.entries(configs).flatMap(([key, value]) => ['--config', `${key}=${value}`]),
    );

  it('several that begin at once agree, through S3, and only their one topic is left', async () => {
    const found = await findVersitygw((line) => process.stdout.write(`${line}\n`));
    if ('missing' in found) throw new Error(found.missing);
    const server = await startVersitygw(found.path, ['isotherm']);
    const { endpoint, credentials } = server;
    const name = 'together';
    const logs = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (n) => {
        const store = openS3Blobs({ bucket: 'isotherm', endpoint, credentials });
        const topic = { name, create: true, replicationFactor: 1, minInSyncReplicas: 1 };
        return place.open({ store, topic, settings: new Uint8Array([n]) });
      }),
    );
    const [first] = logs;
    for (const log of logs) {
      expect([log.incarnation, ...log.settings]).toEqual([first!.incarnation, ...first!.settings]);
    }
    const outcomes = await Promise.all(logs.map((log) => log.append([record(0, 'x')])));
    expect(outcomes.flatMap(offsetsOf).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const topics = (await topicTool('--list')).split('\n').filter((line) => line.startsWith(name));
    expect(topics).toEqual([`${name}-${first!.incarnation}`]);
    for (const log of logs) await log.close();
    await server.close();
  });

  it('refuses to make a topic that can lose records, before anything is made', async () => {
    await expect(place.open({ allowUnsafeTopic: false })).rejects.toMatchObject({
      id: 'LOG_TOPIC_UNSAFE',
      message:
        'topic.replicationFactor is 1 and must be at least 3, for a broker can be lost while another is restarted: raise it. ' +
        'topic.minInSyncReplicas is 1 and must be at least 2, or an acknowledged record would be on one disk only: raise it.',
    });
    expect(await readdir(place.storePath)).toEqual([]);
  });

  it('names every setting of the topic that is wrong, with its value, what it must be, and how to set it', async () => {
    await (await place.open()).close();
    const { name } = await topicOf(place);
    const wrong = {
      'unclean.leader.election.enable': 'true',
      'retention.ms': '604800000',
      'retention.bytes': '1000000000',
      'cleanup.policy': 'compact',
      'message.timestamp.type': 'CreateTime',
      'compression.type': 'zstd',
      'max.message.bytes': '1000',
    };
    const configs = Object.entries(wrong).map(([key, value]) => ({ name: key, value, configOperation: 0 as const }));
    const resource = { resourceType: 2 as const, resourceName: name, configs };
    await incrementalAlterConfigsV1.api.async(connection.current, [resource], false);
    const error = await place.open({ allowUnsafeTopic: false }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ id: 'LOG_TOPIC_UNSAFE', code: 'FAILED_PRECONDITION' });
    const message = (error as Error).message;
    for (const [setting, value] of Object.entries(wrong)) {
      expect(message).toMatch(new RegExp(`${setting} of topic ${name} is ${value} and must be .+: kafka-configs`));
    }
    expect(message).toContain(`retention.ms of topic ${name} is 604800000 and must be -1, or records would be dropped`);
    expect(message).toContain(`kafka-configs.sh --alter --topic ${name} --add-config cleanup.policy=delete.`);
    expect(message).toContain(`replication.factor of topic ${name} is 1 and must be at least 3`);
    expect(message).toContain(`min.insync.replicas of topic ${name} is 1 and must be at least 2`);
    await (await place.open({ allowUnsafeTopic: true })).close();
  });

  it('does not take another partition count, nor a topic to which partitions were added', async () => {
    await (await place.open()).close();
    const { name } = await topicOf(place);
    await expect(place.open({ partitionCount: 3 })).rejects.toMatchObject({
      id: 'LOG_PARTITION_COUNT',
      metadata: { found: '2', wanted: '3' },
    });
    await topicTool('--alter', '--topic', name, '--partitions', '4');
    await expect(place.open({ allowUnsafeTopic: false })).rejects.toThrow(
      `Topic ${name} has 4 partitions and must have 2`,
    );
  });

  it('begins in a topic that was made beforehand, if it is empty and there is no log yet', async () => {
    const topic = { name: 'made-beforehand', create: false };
    await expect(place.open({ topic })).rejects.toMatchObject({
      id: 'LOG_NOT_FOUND',
      message: expect.stringContaining('topic made-beforehand: there is no such topic'),
    });
    await makeTopic(topic.name, { 'message.timestamp.type': 'LogAppendTime' });
    await expect(place.open({ topic, partitionCount: 5 })).rejects.toMatchObject({ id: 'LOG_PARTITION_COUNT' });
    await expect(place.open({ topic, allowUnsafeTopic: false })).rejects.toMatchObject({ id: 'LOG_TOPIC_UNSAFE' });
    const log = await place.open({ topic, settings: new Uint8Array([7]) });
    expect(await topicOf(place)).toMatchObject({ name: topic.name });
    await log.append([record(1, 'x')]);
    await log.close();
    const again = await place.open({ topic });
    expect([...again.settings]).toEqual([7]);
    await again.close();
    const other = await createLogPlace(kafka.current, { partitionCount: 2 });
    await expect(other.open({ topic })).rejects.toMatchObject({
      id: 'LOG_NOT_FOUND',
      message: expect.stringContaining('its partition 1 had 1 records already'),
    });
    await other.remove();
  });

  it('believes no cluster object that it cannot read, and makes no other', async () => {
    await mkdir(join(place.storePath, 'log'));
    const cases = {
      'it is no JSON': '{"format":1,',
      'it is no JSON object': '7',
      'its format is 2, and this version knows 1': '{"format":2}',
      'it names no topic': '{"format":1}',
      'its topic id is no UUID': '{"format":1,"topic":"t","topicId":"x"}',
    };
    for (const [problem, text] of Object.entries(cases)) {
      await writeFile(join(place.storePath, 'log', 'kafka'), text);
      await expect(place.open()).rejects.toMatchObject({
        id: 'LOG_CLUSTER_OBJECT_INVALID',
        message: expect.stringContaining(`${problem}.`),
      });
    }
    expect(await readdir(join(place.storePath, 'log'))).toEqual(['kafka']);
  });

  it('takes so many bytes at once, and refuses more until they are kept', async () => {
    const log = await place.open({ maxPendingBytes: 1_000_000 });
    const broker = kafka.current.brokers[0]!;
    await log.append([record(0, 'first')]);
    broker.freeze();
    const group = [{ partition: 0, bytes: new Uint8Array(400_000) }];
    const taken = [log.append(group), log.append(group)];
    await expect(log.append(group)).rejects.toMatchObject({
      id: 'LOG_BUSY',
      code: 'RESOURCE_EXHAUSTED',
      metadata: { setting: 'maxPendingBytes', maxPendingBytes: '1000000' },
    });
    broker.resume();
    for (const outcomes of await Promise.all(taken)) expect(outcomes).toMatchObject([{ kind: 'kept' }]);
    expect(await log.append(group)).toMatchObject([{ kind: 'kept', offset: 3 }]);
    await log.close();
  });

  it('says so when no broker is there, when one hangs, and when an address is none', async () => {
    await expect(place.open({ bootstrapServers: ['127.0.0.1:1'] })).rejects.toMatchObject({
      id: 'LOG_UNAVAILABLE',
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const broker = kafka.current.brokers[0]!;
    broker.freeze();
    await expect(place.open()).rejects.toMatchObject({ id: 'LOG_UNAVAILABLE' });
    broker.resume();
    await expect(place.open({ bootstrapServers: ['kafka'] })).rejects.toThrow('"kafka", which is not host:port');
  });
});
