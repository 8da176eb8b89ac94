import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeLogConformance } from '../conformance/log-conformance.ts';
import type { Log } from '../log.ts';
import { COMMITS_PER_INDEX } from './index-search.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const paths = new WeakMap<Log, string>();

async function openAt(path: string, partitionCount: number): Promise<Log> {
  const log = await openLmdbLog({ path, partitionCount, mode: 'writer' });
  paths.set(log, path);
  return log;
}

describeLogConformance('LMDB', {
  create: async ({ partitionCount }) => openAt(await mkdtemp(join(tmpdir(), 'isotherm-log-')), partitionCount),
  reopen: async (log) => {
    await log.close();
    return openAt(paths.get(log)!, log.partitionCount);
  },
  remove: (log) => rm(paths.get(log)!, { recursive: true }),
  trimGranularity: COMMITS_PER_INDEX,
});
