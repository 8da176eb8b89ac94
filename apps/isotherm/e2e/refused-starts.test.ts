import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type PlatformProcess, type ProcessEnd, startPlatformProcess } from './testing/platform-process.ts';
import { runCli } from './testing/run-cli.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const ANY_PORTS = ['--no-feed', '--ingest-port', '0', '--api-port', '0', '--metrics-port', '0'];

/** One sentence or two on standard error, no stack trace, an exit code that says so. */
function expectRefusal(end: ProcessEnd, ...saying: readonly (string | RegExp)[]): void {
  expect(end.code).toBe(1);
  expect(end.signal).toBeNull();
  for (const part of saying) expect(end.stderr).toMatch(part);
  expect(end.stderr).not.toMatch(/^\s+at /m);
  expect(end.stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
  expect(end.stdout).not.toContain('Dashboard');
}

it.each(['ingest', 'api', 'metrics'] as const)(
  'says that the %s port is in use, and by which flag to choose another',
  async (name) => {
    await using directory = await scratchDirectory();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const end = await runCli(['start', ...ANY_PORTS, '--data-dir', directory.path, `--${name}-port`, String(port)]);
    taken.close();
    expectRefusal(end, String(port), /in use/);
  },
);

it('says that the data directory cannot be written', async () => {
  await using directory = await scratchDirectory();
  const file = join(directory.path, 'file');
  await writeFile(file, '');
  const below = join(file, 'data');
  expectRefusal(await runCli(['start', ...ANY_PORTS, '--data-dir', below]), below, /cannot be written/, /--data-dir/);
});

it('leaves a directory that another running process has to that process', async () => {
  await using directory = await scratchDirectory();
  await using running: PlatformProcess = await startPlatformProcess({ dataDirectory: directory.path });
  expectRefusal(await runCli(['start', ...ANY_PORTS, '--data-dir', directory.path]), directory.path, /in use|another/i);
  expect((await fetch(`${running.metricsUrl}/readyz`)).status).toBe(200);
  const marker = await readFile(join(directory.path, 'isotherm.json'), 'utf8');
  expect(JSON.parse(marker)).toEqual({ format: 1, partitions: 64, formula: 'NWS' });

  await running.end('SIGINT');
  for (const [flag, value] of [
    ['--partitions', '32'],
    ['--formula', 'ROTHFUSZ'],
  ] as const) {
    const end = await runCli(['start', ...ANY_PORTS, '--data-dir', directory.path, flag, value]);
    expectRefusal(end, `${flag} ${flag === '--formula' ? 'NWS' : '64'}`, /--data-dir/);
  }
});

it.each([
  ['of a newer format', '{"format":2,"partitions":64,"formula":"NWS"}', /newer Isotherm.*--data-dir/],
  ['whose description is damaged', '{"format":', /not readable JSON/],
])('refuses a directory %s', async (_, marker, saying) => {
  await using directory = await scratchDirectory();
  const path = join(directory.path, 'isotherm.json');
  await writeFile(path, marker);
  await mkdir(join(directory.path, 'kept'));
  await copyFile(path, join(directory.path, 'kept', 'isotherm.json'));
  expectRefusal(await runCli(['start', ...ANY_PORTS, '--data-dir', directory.path]), saying);
  expect(await readFile(path, 'utf8')).toBe(marker);
});

it.each([
  [['--api-port', '70000'], /--api-port.*70000.*0 to 65535/],
  [['--shards', 'many'], /--shards.*many.*1 to 64/],
  [['--disk-cap', '3 MB'], /--disk-cap.*100MB/],
  [['--formula', 'STEADMAN'], /--formula.*NWS, ROTHFUSZ/],
  [['--prot', '1'], /unknown option '--prot'/],
])('says what is wrong with %j', async (flags, saying) => {
  expectRefusal(await runCli(['start', ...flags]), saying);
});

it('says what is wrong with a value of the environment', async () => {
  expectRefusal(
    await runCli(['start'], { ISOTHERM_API_PORT: 'http' }),
    /'http' from env 'ISOTHERM_API_PORT'.*0 to 65535/,
  );
});
