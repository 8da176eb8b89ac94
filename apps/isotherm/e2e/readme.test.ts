import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIsothermClient } from '@isotherm/client';
import { beforeAll, expect, it } from 'vitest';
import { type PlatformProcess, startPlatformProcess } from './testing/platform-process.ts';
import { scratchDirectory } from './testing/scratch-directory.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where tools are found: as for anyone, and what tools/build-grpcurl.sh has built. */
const TOOL_PATH = [...globSync(`${ROOT}.cache/toolchain/grpcurl-*`), process.env['PATH']].join(delimiter);

/** Commands that are the setting of this very test, or take minutes. */
const NOT_HERE: readonly (readonly [RegExp, string])[] = [
  [/^npm (ci|start|test|run)\b/, 'it is how this test itself comes to run'],
  [/^npx isotherm compare\b/, 'it brings up a platform of its own and takes minutes'],
];

/** Commands of the README's shell blocks, one a line unless it ends in a backslash, without their comments. */
async function readmeCommands(): Promise<string[]> {
  const text = await readFile(`${ROOT}README.md`, 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block]) => (block ?? '').replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '');
}

let commands: string[] = [];

beforeAll(async () => {
  commands = await readmeCommands();
});

function has(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH: TOOL_PATH } }).status === 0;
}

/** Why a command is not run here; undefined if it is. */
function reasonToSkip(command: string): string | undefined {
  const tool = command.split(' ')[0] ?? '';
  const known = NOT_HERE.find(([pattern]) => pattern.test(command))?.[1];
  const advice = tool === 'grpcurl' ? '; tools/build-grpcurl.sh builds it' : '';
  return known ?? (has(tool) ? undefined : `${tool} is not installed${advice}`);
}

/** Runs a command of the README as it stands, but for the addresses. */
function run(command: string, platform: PlatformProcess) {
  const text = command
    .replaceAll('127.0.0.1:8080', platform.apiUrl.replace('http://', ''))
    .replaceAll('127.0.0.1:50051', platform.ingestAddress);
  const env = {
    ...process.env,
    NO_COLOR: '1',
    ISOTHERM_API: platform.apiUrl,
    ISOTHERM_TARGET: platform.ingestAddress,
    PATH: TOOL_PATH,
  };
  return spawnSync('sh', ['-c', text], { cwd: ROOT, env, encoding: 'utf8' });
}

it('has commands that work as they are written', async () => {
  await using directory = await scratchDirectory();
  await using platform = await startPlatformProcess({ dataDirectory: directory.path });
  // What grpcurl sends in the README, for machines without it, and a reading of the demo feed's Tokyo.
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  const { readToken } = await client.send([
    { cityId: 'my-roof', observeTime: Date.now() - 60_000, temperatureCelsius: 31.5, relativeHumidityPercent: 62 },
    { cityId: '1850147', observeTime: Date.now() - 60_000, temperatureCelsius: 24, relativeHumidityPercent: 70 },
  ]);
  await client.current('my-roof', { readToken: readToken! });

  const ran: string[] = [];
  for (const command of commands) {
    const reason = reasonToSkip(command);
    if (reason !== undefined) {
      process.stdout.write(`  not run: ${command}\n           ${reason}\n`);
      continue;
    }
    const { status, stdout, stderr } = run(command, platform);
    expect({ command, status, stderr }).toMatchObject({ command, status: 0 });
    expect(stdout).not.toBe('');
    ran.push(command);
  }
  expect(ran.filter((command) => command.startsWith('curl ')).length).toBeGreaterThan(0);
  expect(ran.filter((command) => command.startsWith('npx isotherm ')).length).toBeGreaterThan(1);
});

it('shows the reading of its example under the address of its example', async () => {
  const example = commands.find((command) => command.startsWith('curl '));
  expect(example).toMatch(/^curl \S*http:\/\/127\.0\.0\.1:8080\/v1\/current\/my-roof$/);
});
