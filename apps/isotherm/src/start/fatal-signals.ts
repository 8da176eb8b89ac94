/** Signals of a crash in native code. The ClickHouse engine catches them all. */
const FATAL = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'] as const;

/** How often the engine's handlers are taken away: it is opened anew whenever it dropped a write. */
const INTERVAL_MS = 1000;

/**
 * Keeps fatal signals at what the system does by default: the process ends at once. The handler that the ClickHouse
 * engine installs holds the crashed thread for up to five minutes, in which the other threads go on serving and the data
 * directory stays in use. Call it on the main thread. @returns a function that ends it.
 */
export function keepFatalSignalsFatal(): () => void {
  resetFatalSignals();
  const timer = setInterval(resetFatalSignals, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** libuv sets a signal back to its default when its last listener goes, whoever else had installed a handler. */
function resetFatalSignals(): void {
  const nothing = () => undefined;
  for (const signal of FATAL) process.on(signal, nothing).removeListener(signal, nothing);
}
