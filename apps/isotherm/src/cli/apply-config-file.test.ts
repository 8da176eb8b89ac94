import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConfigFile } from './apply-config-file.ts';
import { option } from './option.ts';
import { integer } from './shared-options.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `isotherm top` with a file, flags and environment, and gives the options it got. */
async function optionsWith(config: string, args: string[] = []): Promise<Record<string, unknown>> {
  const path = join(folder, 'isotherm.json');
  await writeFile(path, config);
  let seen: Record<string, unknown> = {};
  const program = new Command('isotherm')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .addOption(option('--config <file>', ''))
    .hook('preAction', (root, command) => applyConfigFile(root, command));
  for (const name of ['start', 'current', 'forecast', 'history', 'status', 'send', 'feed', 'compare'])
    program.command(name);
  program
    .command('top')
    .addOption(option('--api <url>', '', { fallback: 'default' }))
    .addOption(option('--limit <n>', '', { env: 'ISOTHERM_TEST_LIMIT', fallback: 10, parse: integer(1, 100) }))
    .action((options) => {
      seen = options;
    });
  await program.parseAsync(['--config', path, 'top', ...args], { from: 'user' });
  return seen;
}

describe('a configuration file', () => {
  it('fills what flags and environment leave open, for all commands or for one', async () => {
    expect(await optionsWith('{"api": "http://a", "top": {"limit": 7}, "start": {"x": 1}}')).toEqual({
      api: 'http://a',
      limit: 7,
    });
    expect(await optionsWith('{"top": {"limit": 7}}', ['--limit', '9'])).toMatchObject({ limit: 9 });
    process.env['ISOTHERM_TEST_LIMIT'] = '8';
    try {
      expect(await optionsWith('{"top": {"limit": 7}}')).toMatchObject({ limit: 8 });
    } finally {
      delete process.env['ISOTHERM_TEST_LIMIT'];
    }
  });

  it.each([
    ['{"top": {"limits": 7}}', "has 'top.limits', which"],
    ['{"apii": "x"}', "has 'apii', which no command takes"],
    ['{"top": {"limit": 700}}', "'limit' is 700. Give a whole number from 1 to 100."],
    ['{"api": ["x"]}', 'give text or a number'],
    ['[1]', 'is no JSON object'],
    ['{', 'is no JSON object'],
  ])('that is wrong is refused in one sentence: %s', async (config, message) => {
    await expect(optionsWith(config)).rejects.toThrow(message);
  });
});
