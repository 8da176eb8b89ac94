/** The part of a document that says whether anybody can see it. */
export interface VisibilitySource extends EventTarget {
  readonly hidden: boolean;
}

/** Options of {@link runWhileVisible}. */
export interface WhileVisibleOptions {
  /** How long a hidden page goes on before it stops. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs `start` while the page can be seen, and again each time it is seen after a stop. A browser opens six connections to a host for
 * all its tabs: tabs that nobody looks at have to give theirs back.
 */
export function runWhileVisible(
  page: VisibilitySource,
  start: (signal: AbortSignal) => void,
  { graceMs, signal }: WhileVisibleOptions,
): void {
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
  };
  const change = (): void => {
    clearTimeout(timer);
    if (page.hidden) {
      timer = setTimeout(stop, graceMs);
    } else if (!running) {
      running = new AbortController();
      start(running.signal);
    }
  };
  change();
  page.addEventListener('visibilitychange', change, { signal });
  signal.addEventListener('abort', stop, { once: true });
}
