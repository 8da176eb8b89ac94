export { permissionMissing } from './access/access-errors.ts';
export { authorize, tokenDigest } from './access/authorize.ts';
export { ANYBODY, type Caller, seesAllTenants } from './access/caller.ts';
export { PERMISSIONS, type Permission, type TokenHolder } from './access/permission.ts';
export { type AskedPermission, permissionOf } from './access/permission-of.ts';
export { createRefusalLog, peerAddressOf, type RefusalLog } from './access/refusal-log.ts';
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
export { readCredentials } from './config/credentials-directory.ts';
export { type ConfigWith, requireSections } from './config/require-sections.ts';
export { toConnectError } from './connect-error.ts';
export { asIsothermError, ERROR_DOMAIN, messageOf, retryHeaders, statusBytes, toStatus } from './error-details.ts';
export { grpcDefinition } from './grpc-definition.ts';
export { toGrpcError } from './grpc-error.ts';
export { type Health, type HealthOptions, startHealth } from './health/start-health.ts';
export { isLoopback } from './is-loopback.ts';
export { type ErrorCode, type FieldViolation, IsothermError, type IsothermErrorOptions } from './isotherm-error.ts';
export { createLifecycle, type Lifecycle, type LifecycleState } from './lifecycle.ts';
export { listenError } from './listen-error.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { mergeExpositions } from './merge-expositions.ts';
export {
  givenModule,
  type Module,
  type ModuleList,
  moduleOf,
  type ServiceGroup,
  type StartedModule,
  startServiceGroup,
  wrappedModule,
} from './service-group.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { type Authority, createAuthority, createSelfSigned, type SelfSigned } from './tls/self-signed.ts';
export { faultOfTls, type ServerTls, serverTlsOptions, type TlsPart } from './tls/server-tls.ts';
export {
  onlyServices,
  type ServiceTls,
  serviceChannelCredentials,
  serviceServerCredentials,
} from './tls/service-credentials.ts';
export { readAuthority, readTlsDirectory, readTlsFiles, type TlsPaths, type TlsSettings } from './tls/tls-files.ts';
export { invalidRequest, validated } from './validated.ts';
export type { CallMap, CallPort } from './workers/call-port.ts';
export { type CallClient, type CallOptions, type Calls, connectCalls } from './workers/connect-calls.ts';
export { fromPlainError, type PlainError, toPlainError } from './workers/error-codec.ts';
export { type CallHandlers, serveCalls } from './workers/serve-calls.ts';
export { serveWorker, type WorkerHost } from './workers/serve-worker.ts';
export { spawnWorker, type WorkerClient } from './workers/spawn-worker.ts';
