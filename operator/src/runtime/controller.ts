import type { Runtime } from '@isotherm/runtime';
import { errorText } from './error-text.ts';
import type { ControllerMetrics, ReconcileResult } from './metrics.ts';
import type { RuntimeLogger } from './runtime-logger.ts';
import type { WorkQueue } from './work-queue.ts';

/** How a reconcile ended. What it throws counts as `retry`. */
export type ReconcileOutcome =
  /** Nothing to do until something changes. */
  | { readonly kind: 'done' }
  /** Look again later: something is awaited that no watch tells of. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** It failed, and may go well later: back-off. */
  | { readonly kind: 'retry'; readonly error: unknown }
  /** It failed, and will go on failing until somebody changes the object. */
  | { readonly kind: 'terminal'; readonly error: unknown };

/** Rereads everything that it needs, and moves the world one step towards what the object asks for. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileOutcome>;

/** What a controller is made of. */
export interface ControllerDeps {
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  readonly runtime: Runtime;
  readonly logger: RuntimeLogger;
  readonly metrics: ControllerMetrics;
}

/** Works on keys until the signal aborts, then finishes those at hand. Resolves when none is left. */
export async function runController(
  deps: ControllerDeps,
  options: { readonly concurrency: number; readonly signal: AbortSignal },
): Promise<void> {
  const { queue, logger, metrics, runtime } = deps;
  const { signal } = options;

  async function work(key: string): Promise<void> {
    const beganMs = runtime.monotonicMs();
    metrics.activeWorkers(1);
    let outcome: ReconcileOutcome;
    try {
      outcome = await deps.reconcile(key, signal);
    } catch (error) {
      outcome = { kind: 'retry', error };
    }
    metrics.activeWorkers(-1);
    metrics.reconciled(settle(key, outcome), runtime.monotonicMs() - beganMs);
    queue.done(key);
  }

  function settle(key: string, outcome: ReconcileOutcome): ReconcileResult {
    switch (outcome.kind) {
      case 'done':
        queue.forget(key);
        return 'success';
      case 'again':
        queue.forget(key);
        queue.addAfter(key, outcome.afterMs);
        return 'requeue_after';
      case 'retry': {
        const retryMs = queue.retry(key);
        if (!signal.aborted)
          logger.warn({ key, retryMs, error: errorText(outcome.error) }, 'Reconcile failed; it is tried again');
        return 'error';
      }
      case 'terminal':
        queue.forget(key);
        logger.error({ key, error: errorText(outcome.error) }, 'Reconcile failed; it waits for a change of the object');
        return 'terminal_error';
    }
  }

  async function worker(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await work(key);
  }

  const close = () => queue.close();
  if (signal.aborted) close();
  signal.addEventListener('abort', close, { once: true });
  await Promise.all(Array.from({ length: options.concurrency }, worker));
}
