import { join } from 'node:path';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import {
  eventually,
  type PlatformProcess,
  type ScratchDirectory,
  scratchDirectory,
  startPlatformProcess,
} from 'isotherm/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from './testing/run-program.ts';
import { type ForeignExample, whyNotRunnable } from './testing/toolchain.ts';

const EXAMPLES = join(import.meta.dirname, '../..');
const READINGS = 750;
const RUN_DEADLINE_MS = 90_000;

const FOREIGN: readonly ForeignExample[] = [
  {
    name: 'Python',
    folder: join(EXAMPLES, 'python'),
    probe: ['python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'],
    remedy: 'install Python 3.10 or later with venv and pip (Debian: apt-get install python3-venv).',
  },
  {
    name: 'Go',
    folder: join(EXAMPLES, 'go'),
    probe: ['go', 'version'],
    remedy: 'install Go (golang.org/dl).',
  },
];

let directory: ScratchDirectory;
let platform: PlatformProcess;
let client: IsothermClient;

beforeAll(async () => {
  directory = await scratchDirectory();
  platform = await startPlatformProcess({ dataDirectory: directory.path });
  client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
});

afterAll(async () => {
  await client?.close();
  await platform?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

const where = (city: string) => ['--ingest', platform.ingestAddress, '--api', platform.apiUrl, '--city', city];

/** Raw observations of a city in the analytical store. */
async function countStored(city: string): Promise<number> {
  let count = 0;
  for await (const { points } of client.history(city, { resolution: 'RAW' })) count += points.length;
  return count;
}

describe('the TypeScript example', () => {
  it('sends a buffer and live readings, reads them back and stops on Ctrl-C', async () => {
    const program = (name: string, ...more: string[]) =>
      startProgram(process.execPath, [join(import.meta.dirname, name), ...where('roof-ts'), ...more], RUN_DEADLINE_MS);
    await using producer = program('produce.ts');
    await producer.printed('buffer sent');
    await eventually(
      () => countStored('roof-ts').catch(() => 0),
      (count) => count >= READINGS,
      30_000,
    );
    await using reader = program('read.ts', '--changes', '3');
    const read = await reader.end;
    expect(read).toMatchObject({ code: 0 });
    expect(read.output).toMatch(/^now: \d+\.\d\d °C, feels like \d+\.\d\d °C \(NWS\)$/m);
    expect(read.output).toMatch(/ (7[5-9]\d|8\d\d) observations, heat risk [A-Z_]+$/m);
    expect(read.output).toMatch(/^forecast: 6 hours$/m);
    expect(read.output).toMatch(/^history: \d+ minutes$/m);
    expect(read.output).toMatch(/^ {2}\S+ \d+\.\d\d °C from 6$/m);
    expect(read.output.match(/^watch: /gm)).toHaveLength(3);

    producer.kill('SIGINT');
    const sent = await producer.end;
    expect(sent).toMatchObject({ code: 0 });
    expect(sent.output).toContain('stopped, nothing unanswered');
    expect(sent.output).toContain('row 50 rejected, HUMIDITY_IMPOSSIBLE');
    const acked = [...sent.output.matchAll(/^batch \d+: (\d+) accepted$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
    const { conditions } = await client.current('roof-ts', { consistency: 'STRONG' });
    expect(conditions[0]?.observations).toBe(acked);
  });

  it('says what is wrong about an unknown city', async () => {
    const args = [join(import.meta.dirname, 'read.ts'), ...where('nowhereville')];
    const { code, output } = await startProgram(process.execPath, args, RUN_DEADLINE_MS).end;
    expect(code).toBe(1);
    expect(output).toMatch(/^NOT_FOUND: .*nowhereville/m);
  });
});

describe.each(FOREIGN)('the $name example', (example) => {
  const city = `roof-${example.name.toLowerCase()}`;
  let notRunnable: string | undefined;
  beforeAll(async () => {
    notRunnable = await whyNotRunnable(example);
  });

  it('sends a buffer through generated code and reads it back', async (context) => {
    if (notRunnable !== undefined) context.skip(notRunnable);
    const args = [join(example.folder, 'run.sh'), ...where(city)];
    const { code, output } = await startProgram('bash', args, RUN_DEADLINE_MS).end;
    expect(output).toMatch(/^batch 8: 50 accepted$/m);
    expect(output).toContain('row 50 rejected, REJECT_REASON_HUMIDITY_IMPOSSIBLE');
    expect(output).toMatch(/^now: \d+\.\d\d °C, feels like \d+\.\d\d °C, 750 observations$/m);
    expect(output).toMatch(/^forecast: 6 hours$/m);
    expect(output).toMatch(/^history: 750 observations stored$/m);
    expect(output).toMatch(new RegExp(`^watch: ${city} \\d+\\.\\d\\d °C$`, 'm'));
    expect(code).toBe(0);
    expect(await countStored(city)).toBe(READINGS);
    expect((await client.current(city)).conditions[0]?.observations).toBe(READINGS);
  });
});
