/** A streaming call that ends when its reader leaves the loop: iterating to the end alone would keep the socket open. */
export interface EndableCall extends AsyncDisposable {
  /** Aborts with the caller's signal, and when the call is disposed of. */
  readonly signal: AbortSignal;
}

/** Begins one. `signal` is the caller's, if it gave one. */
export function endableCall(signal: AbortSignal | undefined): EndableCall {
  const left = new AbortController();
  return {
    signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
    async [Symbol.asyncDispose]() {
      left.abort();
    },
  };
}
