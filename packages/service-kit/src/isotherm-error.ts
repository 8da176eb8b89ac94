/** What kind of failure it is, by gRPC's names: the edges map it to a status code. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'ABORTED'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL';

/** A field of a request that broke a rule. */
export interface FieldViolation {
  /** Path in the request, as in `observations[3].temperature_celsius`. */
  readonly field: string;
  /** Value, rule and remedy in one sentence. */
  readonly description: string;
}

/** What an error says besides its message. */
export interface IsothermErrorOptions {
  readonly code: ErrorCode;
  /** Stable id in capitals, for programs and for searching: `LOG_FENCED`. */
  readonly id: string;
  /** What happened, in one sentence, for people. */
  readonly message: string;
  /** What to do about it, in one sentence. Default none. */
  readonly advice?: string;
  /** When a retry may help; undefined: it does not. */
  readonly retryAfterMs?: number;
  /** Facts for programs: the setting concerned, limits, owners. Never secrets. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly cause?: unknown;
}

/** The one error family: a code, a stable id, whether a retry helps, the cause and some advice. */
export class IsothermError extends Error {
  override readonly name = 'IsothermError';
  readonly code: ErrorCode;
  readonly id: string;
  readonly advice: string;
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];

  constructor(options: IsothermErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.id = options.id;
    this.advice = options.advice ?? '';
    this.retryAfterMs = options.retryAfterMs;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return this.retryAfterMs !== undefined;
  }
}
