import { join } from 'node:path';
import { createIsothermClient, type IsothermClient } from '@isotherm/client';
import { type PlatformProcess, startPlatformProcess } from 'isotherm/testing';
import type { Run } from './run.ts';

/** The platform in a process of its own, and a client of it that does not go through the relay. */
export interface RunningPlatform {
  readonly platform: PlatformProcess;
  readonly client: IsothermClient;
  /** Ends the process and lets go of the client. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** What ingest leaves free of the small disk, where it leaves anything. */
export const RESERVE_BYTES = 64e6;

/** Starts the platform that the kill of a cycle, counted from 0, will end. */
export async function startCrashPlatform(run: Run, cycle: number): Promise<RunningPlatform> {
  const { options, directory, plan, storeFault } = run;
  const fault = plan[cycle];
  const reserved = fault?.kind !== 'disk' || fault.how !== 'no reserve';
  const platform = await startPlatformProcess({
    dataDirectory: dataDirectoryOf(run),
    flags: [
      ...['--checkpoint', '1', '--disk-cap', '100GB', '--raw-retention', '1000'],
      ...['--disk-reserve', reserved ? `${RESERVE_BYTES / 1e6}MB` : '0MB'],
      ...(options.raw ? [] : ['--no-raw']),
      ...(options.shards === undefined ? [] : ['--shards', String(options.shards)]),
    ],
    env: { ISOTHERM_PHASE_LOG: phaseLogOf(directory, cycle), ISOTHERM_STORE_FAULT: storeFault.path },
    readyWithinMs: 300_000,
  });
  const client = createIsothermClient({ ingestUrl: platform.ingestAddress, apiUrl: platform.apiUrl });
  return {
    platform,
    client,
    async end(signal) {
      await platform.end(signal);
      await client.close();
    },
  };
}

/** The platform's data directory. */
export function dataDirectoryOf({ directory }: Pick<Run, 'directory'>): string {
  return join(directory, 'data', 'isotherm');
}

/** Where the platform of a cycle marks what it is at. */
export function phaseLogOf(directory: string, cycle: number): string {
  return join(directory, `phases-${cycle}`);
}
