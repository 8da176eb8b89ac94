import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createPowerCutFiles, type FileCall } from '@isotherm/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createBlobCheckpoints } from '../blob-checkpoints.ts';
import { show, update } from '../conformance/checkpoint-harness.ts';
import { openDirectoryBlobs } from './directory-blobs.ts';

type Omission = (call: FileCall, path: string) => boolean;

/** What of unsynced names and contents a disk keeps: nothing, everything, every second of them either way. */
const DISKS = [() => () => false, () => () => true, () => alternating(0), () => alternating(1)];

describe('checkpoints in a directory that loses power', () => {
  it('hold what was committed, wherever the power goes', async () => {
    expect(await cutEverywhere()).toEqual([]);
  });

  const forgotten: readonly (readonly [string, Omission])[] = [
    ['the content of files', (call) => call === 'syncFile'],
    [
      "the names in a partition's folder",
      (call, path) => call === 'syncDirectory' && basename(path).startsWith('partition-'),
    ],
    ["the partitions' folders", (call, path) => call === 'syncDirectory' && basename(path) === 'checkpoints'],
    ['the directory itself', (call, path) => call === 'syncDirectory' && basename(path) === 'data'],
  ];

  it.each(forgotten)('do not, if somebody forgets to sync %s', async (_, omits) => {
    expect(await cutEverywhere(omits)).not.toEqual([]);
  });
});

/** Cuts the power before every call of two commits. @returns what was lost, by call and disk. */
async function cutEverywhere(omits?: Omission): Promise<readonly string[]> {
  const lost: string[] = [];
  for (let cutAt = 1, cut = true; cut; cutAt++) cut = await cutBefore(cutAt, lost, omits);
  return lost;
}

/** @returns whether there was such a call. */
async function cutBefore(cutAt: number, lost: string[], omits?: Omission): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'isotherm-'));
  let calls = 0;
  let cut = false;
  let acked = 'nothing';
  const files = createPowerCutFiles(root, {
    ...(omits !== undefined && { omits }),
    before() {
      cut ||= ++calls >= cutAt;
      if (cut) throw new Error('The power is gone');
    },
  });
  try {
    const blobs = await openDirectoryBlobs(join(root, 'data', 'checkpoints'), files);
    const store = createBlobCheckpoints(blobs);
    const claim = await store.claim(7, 'a');
    await store.commit(claim, update('full', 10, 'first'));
    acked = '10: first';
    await store.commit(claim, update('delta', 20, 'second'));
    acked = '20: first + second';
  } catch (error) {
    if (!cut) throw error;
  }
  const allowed = acked === 'nothing' ? ['nothing', '10: first'] : [acked, '20: first + second'];
  for (const [disk, keeps] of DISKS.entries()) {
    const left = join(root, `left-${disk}`);
    files.leaveTo(left, keeps());
    await using again = createBlobCheckpoints(await openDirectoryBlobs(join(left, 'data', 'checkpoints')));
    const found = await show(again, 7);
    if (!allowed.includes(found)) lost.push(`cut ${cutAt}, disk ${disk}: ${found}, not ${acked}`);
  }
  rmSync(root, { recursive: true });
  return cut;
}

function alternating(first: number): () => boolean {
  let asked = first;
  return () => asked++ % 2 === 0;
}
