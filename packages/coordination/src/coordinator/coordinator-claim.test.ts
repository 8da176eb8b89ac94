import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobStore, openDirectoryBlobs } from '@isotherm/checkpoint';
import { systemRuntime } from '@isotherm/runtime';
import { createLogger } from '@isotherm/service-kit';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { claimCoordination } from './coordinator-claim.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const directory = mkdtempSync(join(tmpdir(), 'isotherm-claims-'));
afterAll(() => rmSync(directory, { recursive: true }));
const openStore = () => openDirectoryBlobs(mkdtempSync(join(directory, 'store-')));

function claim(blobs: BlobStore, name: string) {
  const lost = vi.fn();
  const waiting = vi.fn();
  const held = claimCoordination(
    { blobs, runtime: systemRuntime, logger, lost, waiting },
    { name, intervalMs: 10, takeOverAfterMs: 300 },
    new AbortController().signal,
  );
  return { held, lost, waiting };
}

describe('the claim of a coordinator', () => {
  test('is held by one of several, and goes on when it is given back', async () => {
    const blobs = await openStore();
    const [a, b] = [claim(blobs, 'a'), claim(blobs, 'b')];
    const first = await Promise.race([a.held, b.held]);
    const [holder, candidate] = (await Promise.race([a.held.then(() => true), b.held.then(() => false)]))
      ? [a, b]
      : [b, a];
    await vi.waitFor(() => expect(candidate.waiting).toHaveBeenCalledWith(expect.stringMatching(/is active/)));
    await first.release();
    const second = await candidate.held;
    expect([first.term, second.term]).toEqual([1, 2]);
    expect(holder.lost).not.toHaveBeenCalled();
    await second.release();
  });

  test('of a coordinator that shows no sign of life is taken over, and it ends when it comes back', async () => {
    const blobs = await openStore();
    let frozen = false;
    const freezing: BlobStore = {
      ...blobs,
      put: (...call) => (frozen ? Promise.reject(new Error('The process stands still')) : blobs.put(...call)),
      list: (folder) => (frozen ? Promise.reject(new Error('The process stands still')) : blobs.list(folder)),
    };
    const a = claim(freezing, 'a');
    await a.held;
    frozen = true;
    const b = await claim(blobs, 'b').held;
    expect(b.term).toBe(2);
    frozen = false;
    await vi.waitFor(() =>
      expect(a.lost).toHaveBeenCalledWith(expect.objectContaining({ id: 'COORDINATOR_SUPERSEDED' })),
    );
    await b.release();
  });
});
