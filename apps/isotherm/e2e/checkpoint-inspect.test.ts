import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIsothermClient } from '@isotherm/client';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

it('inspects checkpoints while the platform runs and after it, and is loud about a flipped byte', async () => {
  await using directory = await scratchDirectory();
  const data = ['--data', directory.path];
  const options = { dataDirectory: directory.path, flags: ['--checkpoint', '1', '--partitions', '2'] };
  await using first = await startPlatformProcess(options);
  await using client = createIsothermClient({ ingestUrl: first.ingestAddress, apiUrl: first.apiUrl });
  const send = (temperatureCelsius: number) =>
    client.send(
      Array.from({ length: 20 }, (_, city) => ({
        cityId: `city-${city}`,
        observeTime: Date.now(),
        temperatureCelsius,
      })),
    );
  const inspect = async () => JSON.parse((await runCli(['checkpoint', 'inspect', '--json', ...data])).stdout);
  await send(20);
  await eventually(inspect, ({ totals }) => totals.manifests >= 2);
  await send(21);
  const running = await eventually(inspect, ({ totals }) => totals.manifests >= 4);
  expect(running.totals).toMatchObject({ partitions: 2, damagedPartitions: 0, withoutCheckpoint: 0 });
  expect(running.partitions[1]).toMatchObject({ partition: 1, owner: 'shard-0', term: 1, faults: [], recovery: '' });

  await first.end('SIGKILL');
  const good = await runCli(['checkpoint', 'inspect', ...data]);
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(good.stdout).toContain('2 partitions, nothing damaged');

  const folder = join(directory.path, 'checkpoints', 'partition-00001');
  const names = (await readdir(folder)).sort();
  const segment = names.findLast((name) => name.startsWith('segment-')) ?? '';
  const before = names.filter((name) => name.startsWith('manifest-')).at(-2) ?? '';
  const bytes = await readFile(join(folder, segment));
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  await writeFile(join(folder, segment), bytes);

  const damaged = await runCli(['checkpoint', 'inspect', '--partition', '1', ...data]);
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toContain(`DAMAGED: ${segment} does not match its checksum`);
  expect(damaged.stdout).toContain(`A start passes it over, uses ${before}`);
  expect((await runCli(['checkpoint', 'inspect', '--partition', '0', ...data])).code).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(names);

  await using second = await startPlatformProcess(options);
  await using reader = createIsothermClient({ apiUrl: second.apiUrl });
  const { conditions } = await eventually(
    () => reader.current(Array.from({ length: 20 }, (_, city) => `city-${city}`)),
    (answer) => answer.conditions.every(({ observations }) => observations === 2),
  );
  expect(conditions).toHaveLength(20);
});

it('says where it looked when there are no checkpoints, or none of the partition', async () => {
  await using directory = await scratchDirectory();
  const { code, stderr } = await runCli(['checkpoint', 'inspect', '--data', directory.path]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `There are no checkpoints in ${join(directory.path, 'checkpoints')}. Name the data directory`,
  );
});
