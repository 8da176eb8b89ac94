import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scratchDirectory } from '../testing/scratch-directory.ts';
import { whyNoSmallDisk } from '../testing/small-disk.ts';
import type { SCENARIOS } from './scenarios.ts';

const missing = whyNoSmallDisk();
const SCENARIO = fileURLToPath(new URL('./scenario.ts', import.meta.url));

/** Each runs on real small disks, in a process with mounts of its own, so that nothing of it is left behind. */
const SENTENCES: Readonly<Record<keyof typeof SCENARIOS, string>> = {
  logNearlyFull: 'a log with less than the reserve: ingest refuses, reads go on, it goes on by itself',
  logFull: 'a log that meets a full disk: the process ends and says why, acked is kept',
  logBroken: 'a log whose disk answers EIO: the process ends and says why, acked is kept',
  checkpointsFull: 'no space for checkpoints: the rest goes on, and they are written when there is space',
  checkpointsBroken: 'checkpoints answer EIO: the rest goes on, a restart has everything acked',
  engineFull: 'no space for the engine: acks and hot reads go on, rows are stored when there is space',
  engineBroken: 'the engine gets EIO: acks and hot reads go on, a restart has everything acked',
  everythingFull: 'no byte left for anybody: no ack, reads go on, it goes on by itself',
  powerLost: 'power lost right after the first acks: the next start has everything acked',
};

describe('full and broken disks', () => {
  if (missing !== undefined) {
    if (process.env['CI'] === 'true') it('are tested in CI', () => expect.fail(missing));
    else it.skip(`are not tested: ${missing}`, () => {});
    return;
  }
  for (const [name, sentence] of Object.entries(SENTENCES)) {
    it(sentence, { timeout: 180_000 }, async () => {
      await using directory = await scratchDirectory();
      const run = promisify(execFile)('unshare', ['--mount', process.execPath, SCENARIO, name, directory.path]);
      await run.catch((error: { stderr?: string }) => expect.fail(error.stderr ?? String(error)));
    });
  }
});
