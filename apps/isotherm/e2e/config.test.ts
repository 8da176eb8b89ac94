import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

it('prints a configuration with its defaults, and what it prints is valid', async () => {
  await using scratch = await scratchDirectory();
  const path = join(scratch.path, 'isotherm.yaml');
  await writeFile(path, 'log: {embedded: {directory: log}}\n');
  const printed = await runCli(['config', 'print'], { ISOTHERM_CONFIG: path });
  expect(printed.stdout).toMatch(/^partitions: 64$/m);
  await writeFile(path, printed.stdout);
  expect(await runCli(['config', 'check', '--config', path])).toMatchObject({ code: 0, stdout: `${path} is valid.\n` });
  expect(JSON.parse((await runCli(['config', 'print', '--json', '--config', path])).stdout)).toMatchObject({
    log: { embedded: { directory: 'log' } },
  });
});

it.each([
  ['logs: {}', 'logs is no key; did you mean log?'],
  ['tenants: {file: gone.json}', 'The tenants file gone.json cannot be used. It cannot be read as JSON (ENOENT).'],
  ['tls: {directory: gone}', 'gone/tls.crt of tls.crt in tls.directory cannot be read (ENOENT)'],
  [
    'checkpoints: {s3: {bucket: abc, credentialsDirectory: gone}}',
    'gone/accessKeyId of checkpoints.s3.credentialsDirectory cannot be read (ENOENT)',
  ],
  [
    'analytics: {clickHouse: {urls: ["http://a:1"], caFile: gone.pem}}',
    'gone.pem of analytics.clickHouse.caFile cannot be read (ENOENT)',
  ],
])('checks %j, and the files it names', async (text, sentence) => {
  await using scratch = await scratchDirectory();
  const path = join(scratch.path, 'isotherm.yaml');
  await writeFile(path, text);
  const { code, stderr, stdout } = await runCli(['config', 'check', '--config', path]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
});

it('describes every key, as a table and as JSON Schema', async () => {
  expect((await runCli(['config', 'reference'])).stdout).toContain('| `log.kafka.topic.name` |');
  const schema = JSON.parse((await runCli(['config', 'reference', '--json-schema'])).stdout) as { properties: object };
  expect(schema.properties).toHaveProperty('placement');
});
