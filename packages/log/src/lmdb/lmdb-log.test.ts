import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '@isotherm/runtime';
import { describeLogConformance, type NewLogOptions } from '../conformance/log-conformance.ts';
import type { Log } from '../log.ts';
import { COMMITS_PER_INDEX } from './index-search.ts';
import { openLmdbLog } from './open-lmdb-log.ts';

const paths = new WeakMap<Log, string>();

async function openAt(path: string, { partitionCount, settings, now }: NewLogOptions): Promise<Log> {
  const log = await openLmdbLog({
    path,
    partitionCount,
    mode: 'writer',
    ...(settings && { settings }),
    ...(now && { runtime: { ...systemRuntime, now } }),
  });
  paths.set(log, path);
  return log;
}

describeLogConformance('LMDB', {
  create: async (options) => openAt(await mkdtemp(join(tmpdir(), 'isotherm-log-')), options),
  reopen: async (log, settings) => {
    await log.close();
    return openAt(paths.get(log)!, { partitionCount: log.partitionCount, ...(settings && { settings }) });
  },
  remove: (log) => rm(paths.get(log)!, { recursive: true }),
  trimGranularity: COMMITS_PER_INDEX,
});
