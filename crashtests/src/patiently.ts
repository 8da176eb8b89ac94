import { setTimeout as sleep } from 'node:timers/promises';
import { IsothermClientError } from '@isotherm/client';

/** How long a read may wait for a platform that is catching up, in ms. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 500;

/** Reads again while the platform says that it is not there yet: slow is no difference. @throws what else goes wrong. */
export async function patiently<T>(read: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const later = error instanceof IsothermClientError && (error.retryable || error.code === 'DEADLINE_EXCEEDED');
      if (!later || performance.now() > deadlineMs) throw error;
      await sleep(Math.min(PAUSE_MS, patienceMs));
    }
  }
}
