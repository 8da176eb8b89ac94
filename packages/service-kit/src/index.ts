export { toConnectError } from './connect-error.ts';
export { asIsothermError, ERROR_DOMAIN, messageOf, statusBytes, toStatus } from './error-details.ts';
export { toGrpcError } from './grpc-error.ts';
export { type ErrorCode, type FieldViolation, IsothermError, type IsothermErrorOptions } from './isotherm-error.ts';
export { createLifecycle, type Lifecycle, type LifecycleState } from './lifecycle.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
