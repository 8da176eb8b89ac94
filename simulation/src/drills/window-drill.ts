import { getEventListeners } from 'node:events';
import { createSendWindow, MAX_IN_FLIGHT } from '@isotherm/client/internals';
import type { Drill } from './drill.ts';

/** A producer's window: sequences in order, never too far ahead of the oldest unanswered one, whoever gives up. */
export async function drillSendWindow(drill: Drill): Promise<void> {
  const { prng, same, violations } = drill;
  same('producers run as far ahead as the platform remembers half of', MAX_IN_FLIGHT, 32);
  const size = prng.pick([1, 2, 5, 32]);
  const window = createSendWindow(size);
  const open: number[] = [];
  const waiting: { readonly stop: AbortController; readonly number: number }[] = [];
  const entered: number[] = [];
  const signals: AbortSignal[] = [];
  const inside: AbortController[] = [];
  let next = 1;
  let asked = 0;
  let idle = 0;
  let idlers = 0;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const ahead = () => next - (open[0] ?? next);
  /** Who may enter now, by the model. */
  const admit = () => {
    while (waiting.length > 0 && ahead() < size) {
      const { number, stop } = waiting.shift()!;
      entered.push(number);
      inside.push(stop);
      open.push(next++);
    }
  };
  const got: number[] = [];
  const refused: unknown[] = [];
  let gaveUp = 0;
  for (let i = 0; i < 120; i++) {
    const what = prng.float();
    if (what < 0.5) {
      const stop = new AbortController();
      const number = asked++;
      signals.push(stop.signal);
      if (prng.chance(0.05)) stop.abort('before');
      const acquired = window.acquire(stop.signal);
      acquired.then(
        (sequence) => got.push(number, sequence),
        (reason) => refused.push(reason),
      );
      if (stop.signal.aborted) gaveUp += 1;
      else {
        waiting.push({ stop, number });
        admit();
      }
    } else if (what < 0.85 && open.length > 0) {
      const sequence = prng.chance(0.6) ? open[0]! : prng.pick(open);
      open.splice(open.indexOf(sequence), 1);
      window.release(sequence);
      if (prng.chance(0.2)) window.release(sequence);
      admit();
    } else if (what < 0.92 && waiting.length > 0) {
      const [leaver] = waiting.splice(prng.below(waiting.length), 1);
      leaver!.stop.abort('given up');
      gaveUp += 1;
    } else if (what < 0.96 && inside.length > 0) {
      // Who has entered has nothing to give up any more.
      inside.shift()!.abort('too late');
    } else {
      const wasIdle = open.length === 0;
      idlers += 1;
      let done = false;
      void window.idle().then(() => {
        done = true;
        idle += 1;
      });
      await turn();
      same('idle is when nothing is in flight', done, wasIdle);
    }
    await turn();
    const wanted = entered.flatMap((number, at) => [number, at + 1]);
    same('sequences are handed out in order, to who waits longest', pairs(got), pairs(wanted));
    same('in flight is what is not released', window.inFlight, open.length);
    const listening = signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
    same('signals are listened to by who waits', listening, waiting.length);
    same('who gives up is told why', refused.length, gaveUp);
    violations.expect(
      refused.every((why) => why === 'before' || why === 'given up'),
      'the reason is the signal’s',
      () => `${refused}`,
    );
  }
  while (waiting.length > 0 || open.length > 0) {
    window.release(open.shift()!);
    admit();
  }
  await turn();
  same('everybody who waited for rest is told', idle, idlers);
}

function pairs(flat: readonly number[]): string[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => `${flat[2 * i]}: ${flat[2 * i + 1]}`).sort();
}
