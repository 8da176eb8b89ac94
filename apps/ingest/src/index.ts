export {
  type ConnectionLimits,
  resolveTenants,
  type TenantLimits,
  type TenantOptions,
  type TenantsOptions,
} from './admission/tenants-options.ts';
export { type IngestLimits, resolveIngestLimits } from './ingest-options.ts';
export type { IngestStats } from './ingest-stats.ts';
export {
  type IngestOptions,
  type IngestService,
  type InnerAddress,
  type ListenAddress,
  startIngest,
} from './start-ingest.ts';
