/** What every read takes. */
export interface CallOptions {
  /** Ends the call. Default never. */
  readonly signal?: AbortSignal;
  /** Deadline in ms. Default the client's; streams have none. */
  readonly timeoutMs?: number;
}

/** The same as Connect wants it. */
export function connectOptions({ signal, timeoutMs }: CallOptions) {
  return { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
}
