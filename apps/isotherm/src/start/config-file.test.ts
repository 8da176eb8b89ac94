import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { applyConfigFile } from './config-file.ts';
import { addStartCommand } from './start-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'isotherm-config-'));

/** The start command with flags parsed but not run. */
function startCommand(flags: readonly string[]): Command {
  const program = new Command().exitOverride();
  addStartCommand(program);
  const start = program.commands[0]!;
  start.action(() => undefined);
  program.parse(['node', 'isotherm', 'start', ...flags]);
  return start;
}

function configFile(text: string): string {
  const path = join(folder, `${Math.abs(text.length * 31)}.json`);
  writeFileSync(path, text);
  return path;
}

it('lets the file fill in what no flag has set', () => {
  const start = startCommand(['--api-port', '9999']);
  applyConfigFile(start, configFile('{"api-port": 1234, "ingest-port": 4321, "feed": false, "disk-cap": "2GB"}'));
  expect(start.opts()).toMatchObject({ apiPort: 9999, ingestPort: 4321, feed: false, diskCap: 2e9 });
});

it.each([
  ['{"apiport": 1}', /unknown setting "apiport".*/],
  ['{"api-port": 70000}', /sets "api-port" to 70000, which cannot be/],
  ['[1]', /does not hold a JSON object/],
  ['{', /cannot be read as JSON/],
])('says what is wrong with %s', (text, message) => {
  expect(() => applyConfigFile(startCommand([]), configFile(text))).toThrow(message);
});
