import type { Runtime, Timer } from './runtime.ts';

/** A signal that aborts with a TimeoutError after a delay, or with `parent`. Cancel its timer when it is not needed any more. */
export function abortAfter(
  runtime: Runtime,
  delayMs: number,
  parent?: AbortSignal,
): { readonly signal: AbortSignal; readonly timer: Timer } {
  const controller = new AbortController();
  const abort = () => controller.abort(parent?.reason);
  if (parent?.aborted === true) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  const timer = runtime.after(delayMs, () => {
    controller.abort(new DOMException(`It took longer than ${delayMs} ms`, 'TimeoutError'));
  });
  return {
    signal: controller.signal,
    timer: {
      cancel() {
        timer.cancel();
        parent?.removeEventListener('abort', abort);
      },
    },
  };
}
