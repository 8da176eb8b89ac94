import { IsothermError } from '@isotherm/service-kit';

/** What the platform uses of the engine's binding. */
export interface Chdb {
  readonly createChdbConnection: typeof import('chdb/connection').createChdbConnection;
  readonly drainPending: typeof import('chdb').drainPending;
}

/**
 * Loads the engine's native library. A process that runs it on a worker thread loads it on the main thread first: a
 * library that only a worker has loaded is unloaded when that thread ends, under threads of its own, and the process dies.
 *
 * @throws IsothermError ANALYTICS_ENGINE_UNAVAILABLE if there is none for this platform.
 */
export async function loadChdb(): Promise<Chdb> {
  try {
    const [{ createChdbConnection }, { drainPending }] = await Promise.all([import('chdb/connection'), import('chdb')]);
    return { createChdbConnection, drainPending };
  } catch (error) {
    throw engineUnavailable(error);
  }
}

/** The error of a machine for which the engine's library is not built. */
export function engineUnavailable(cause: unknown): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'ANALYTICS_ENGINE_UNAVAILABLE',
    message: `The ClickHouse engine has no build that runs here (${process.platform}-${process.arch}).`,
    advice:
      'Use Linux with glibc (on Alpine: a Debian-based image) or macOS; on Windows use WSL2; then reinstall with npm ci.',
    metadata: { platform: process.platform, architecture: process.arch },
    cause,
  });
}
