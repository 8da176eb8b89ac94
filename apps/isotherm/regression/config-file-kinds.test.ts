import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addStartCommand, startOptionsOf } from '../src/start/start-command.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'isotherm-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function optionsOf(config: unknown) {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  const program = new Command();
  addStartCommand(program);
  return startOptionsOf(path, program.commands[0]!);
}

// Found by fuzzing: settings without a range of their own took whatever JSON can hold, "feed": {} and "host": [] among it.
it.each([
  { feed: {} },
  { feed: 'false' },
  { raw: null },
  { host: [] },
  { host: true },
  { 'data-dir': null },
  { 'otlp-endpoint': {} },
])('the file %o is refused by the setting', async (config) => {
  const [name] = Object.keys(config);
  await expect(optionsOf(config)).rejects.toMatchObject({
    id: 'CONFIG_FILE_INVALID',
    message: expect.stringContaining(`"${name}"`),
  });
});

it('settings of the right kind are taken', async () => {
  const options = await optionsOf({ feed: false, host: 'localhost', 'api-port': '9090', 'disk-cap': '2GB' });
  expect(options).toMatchObject({ feed: false, host: 'localhost', apiPort: 9090, diskCapBytes: 2e9 });
});
