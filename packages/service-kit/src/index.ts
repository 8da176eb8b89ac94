export { permissionMissing } from './access/access-errors.ts';
export { authorize, tokenDigest } from './access/authorize.ts';
export { ANYBODY, type Caller, seesAllTenants } from './access/caller.ts';
export { PERMISSIONS, type Permission, type TokenHolder } from './access/permission.ts';
export { readTenantsFile } from './access/tenants-file.ts';
export {
  ANONYMOUS,
  type ConnectionLimits,
  type ResolvedTenant,
  type ResolvedTenants,
  resolveTenants,
  type TenantLimits,
  type TenantOptions,
  type TenantsOptions,
} from './access/tenants-options.ts';
export { toConnectError } from './connect-error.ts';
export { asIsothermError, ERROR_DOMAIN, messageOf, statusBytes, toStatus } from './error-details.ts';
export { grpcDefinition } from './grpc-definition.ts';
export { toGrpcError } from './grpc-error.ts';
export { type HealthServer, type HealthSource, startHealthServer } from './health-server.ts';
export { isLoopback } from './is-loopback.ts';
export { type ErrorCode, type FieldViolation, IsothermError, type IsothermErrorOptions } from './isotherm-error.ts';
export { createLifecycle, type Lifecycle, type LifecycleState } from './lifecycle.ts';
export { listenError } from './listen-error.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { mergeExpositions } from './merge-expositions.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { createSelfSigned, type SelfSigned } from './tls/self-signed.ts';
export { faultOfTls, type ServerTls, serverTlsOptions, type TlsPart } from './tls/server-tls.ts';
export { readTlsDirectory, readTlsFiles, type TlsPaths, type TlsSettings } from './tls/tls-files.ts';
