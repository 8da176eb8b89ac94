/** What kind of failure it is: the names of gRPC's status codes. */
export type ClientErrorCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

const CODES: readonly ClientErrorCode[] = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Name of a numeric gRPC status code; UNKNOWN for a number that is none. */
export function codeName(code: number): ClientErrorCode {
  return CODES[code - 1] ?? 'UNKNOWN';
}

/** A field of a request that broke a rule. */
export interface FieldViolation {
  /** Path in the request, as in `observations[3].temperature_celsius`. */
  readonly field: string;
  /** Value, rule and remedy in one sentence. */
  readonly description: string;
}

/** What an {@link IsothermClientError} carries besides its message. */
export interface IsothermClientErrorOptions {
  readonly code: ClientErrorCode;
  readonly id: string;
  readonly message: string;
  /** Default: as the code says. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly violations?: readonly FieldViolation[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * Every failure of the client. What the platform rejects row by row is no failure: see `BatchResult.rejections`.
 *
 * When it reaches you the client's own retries are spent, so `retryable` says whether trying later by yourself makes sense.
 */
export class IsothermClientError extends Error {
  override readonly name = 'IsothermClientError';
  /** Kind of failure. */
  readonly code: ClientErrorCode;
  /** Stable id in capitals: the platform's, as in `INGEST_BUSY`, or the client's, as in `UNREACHABLE`. */
  readonly id: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** When the platform asked to be tried again, in ms; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;
  /** Fields at fault, for INVALID_ARGUMENT. */
  readonly violations: readonly FieldViolation[];
  /** Facts for programs: the setting concerned, limits, owners. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(options: IsothermClientErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.id = options.id;
    this.retryAfterMs = options.retryAfterMs;
    this.retryable = options.retryable ?? (options.retryAfterMs !== undefined || options.code === 'UNAVAILABLE');
    this.violations = options.violations ?? [];
    this.metadata = options.metadata ?? {};
  }
}
