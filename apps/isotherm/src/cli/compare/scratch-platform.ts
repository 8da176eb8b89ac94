import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareFormula } from './naive-heat-index.ts';

/** A platform of its own, in a directory that goes with it. */
export interface ScratchPlatform extends AsyncDisposable {
  readonly target: string;
  readonly api: string;
}

/** Starts one on free ports of this machine, without a feed. */
export async function startScratchPlatform(formula: CompareFormula): Promise<ScratchPlatform> {
  const [{ startPlatform }, { resolveStartOptions }] = await Promise.all([
    import('../../start/platform.ts'),
    import('../../start/start-options.ts'),
  ]);
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-compare-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const options = resolveStartOptions({
      ingestPort: 0,
      apiPort: 0,
      metricsPort: 0,
      dataDirectory: join(directory, 'data'),
      feed: false,
      storeRaw: false,
      formula,
      logLevel: 'error',
    });
    const failures: Error[] = [];
    const platform = await startPlatform(options, { failed: (error) => failures.push(error) });
    return {
      target: platform.ingestAddress,
      api: platform.apiUrl,
      async [Symbol.asyncDispose]() {
        await platform.close();
        await remove();
        if (failures[0] !== undefined) throw failures[0];
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
