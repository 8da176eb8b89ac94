import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer will do. @throws with the last answer when the deadline passes. */
export async function eventually<T>(
  ask: () => Promise<T>,
  willDo: (answer: T) => boolean,
  deadlineMs = 60_000,
): Promise<T> {
  const untilMs = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (willDo(answer)) return answer;
    if (Date.now() >= untilMs) {
      const shown = JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      throw new Error(`Not so after ${deadlineMs} ms; the last answer was ${shown}`);
    }
    await sleep(50);
  }
}
