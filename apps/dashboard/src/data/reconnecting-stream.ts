/** Options of a stream that is opened again whenever it ends. */
export interface ReconnectingStreamOptions<T> {
  /** Opens the stream. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  /** Called before each attempt. */
  readonly onOpen?: () => void;
  readonly onMessage: (message: T) => void;
  /** Called when an attempt ended, whatever the reason. */
  readonly onLost: (reason: unknown) => void;
  /** Longest silence before the stream counts as lost, in milliseconds; 0 means any. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 8_000;

/** Reads a stream until `signal` aborts, reopening it after 0.4 s, then twice as long each time up to 8 s, with jitter. */
export async function runReconnectingStream<T>(options: ReconnectingStreamOptions<T>): Promise<void> {
  const { signal } = options;
  let delayMs = FIRST_DELAY_MS;
  while (!signal.aborted) {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener('abort', stop, { once: true });
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const feed = (): void => {
      if (options.silenceMs === 0) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, options.silenceMs);
    };
    let reason: unknown = new Error('the stream ended');
    try {
      options.onOpen?.();
      feed();
      for await (const message of options.open(attempt.signal)) {
        feed();
        delayMs = FIRST_DELAY_MS;
        options.onMessage(message);
      }
    } catch (error) {
      reason = error;
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
    }
    if (signal.aborted) return;
    options.onLost(reason);
    await pause(delayMs * (0.8 + Math.random() * 0.4), signal);
    delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2);
  }
}

/** Waits, or returns early when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
