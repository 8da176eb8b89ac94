/** What the API server answered, or why it did not answer. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The API server's reason, as in Conflict, NotFound, Invalid; Unreachable where no answer came. */
  readonly reason: string;
  /** Milliseconds after which the API server asks to come again. */
  readonly retryAfterMs: number | undefined;

  constructor(options: {
    readonly message: string;
    readonly status: number;
    readonly reason: string;
    readonly retryAfterMs?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same request may succeed later without anybody changing it. */
  get retryable(): boolean {
    return this.status === 0 || [401, 408, 409, 410, 429].includes(this.status) || this.status >= 500;
  }
}

/** Whether the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

/** Whether somebody else wrote first. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409;
}

/** Whether the version asked for is no longer kept. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.status === 410;
}
