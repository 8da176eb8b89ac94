import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createPowerCutFiles, type FileCall } from '@isotherm/runtime/testing';
import { expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

const SETTINGS = { partitions: 32, formula: 'ROTHFUSZ' } as const;

/** Makes a directory and loses power right after. @returns what a start finds in it; undefined if it refuses to start. */
async function afterPowerLoss(keepsNames: boolean, omits?: (call: FileCall, path: string) => boolean) {
  const root = mkdtempSync(join(tmpdir(), 'isotherm-'));
  try {
    const files = createPowerCutFiles(root, omits === undefined ? {} : { omits });
    await openDataDirectory(join(root, 'data'), SETTINGS, files);
    let asked = 0;
    files.leaveTo(join(root, 'left'), () => keepsNames && asked++ % 2 === 0);
    return await openDataDirectory(join(root, 'left', 'data'), SETTINGS).catch(() => undefined);
  } finally {
    rmSync(root, { recursive: true });
  }
}

it('is whole however soon after its first start the power goes', async () => {
  for (const keepsNames of [true, false]) {
    expect(await afterPowerLoss(keepsNames)).toMatchObject({ isNew: false, settings: SETTINGS });
  }
});

it.each([
  ["the settings' content", (call: FileCall) => call === 'syncFile'],
  ["the settings' name", (call: FileCall, path: string) => call === 'syncDirectory' && basename(path) === 'data'],
  ['its own name', (call: FileCall, path: string) => call === 'syncDirectory' && basename(path) !== 'data'],
] as const)('is not, if somebody forgets to sync %s', async (_, omits) => {
  const found = [await afterPowerLoss(true, omits), await afterPowerLoss(false, omits)];
  expect(found.every((directory) => directory?.isNew === false)).toBe(false);
});
