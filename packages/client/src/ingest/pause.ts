import { setTimeout as sleep } from 'node:timers/promises';
import { IsothermClientError } from '../errors/client-error.ts';

/** Waits before a retry. @throws IsothermClientError CANCELLED when the signal aborts. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new IsothermClientError({
      code: 'CANCELLED',
      id: 'CANCELLED',
      message: 'The wait before a retry was cancelled.',
      cause,
    });
  }
}
