import type { Runtime } from '@isotherm/runtime';
import {
  type AskedPermission,
  authorize,
  IsothermError,
  type ResolvedTenants,
  type TenantLimits,
} from '@isotherm/service-kit';
import { type AdmissionRefusal, admissionRefused, ROOM_RETRY_MS } from './admission-errors.ts';
import { type ConnectionLoad, createConnectionLoads } from './connection-loads.ts';
import { createTenantLoad, type TenantLoad } from './tenant-load.ts';

/** A call as it arrives: grpc-js's calls fit. */
export interface ArrivingCall {
  readonly metadata: { get(name: string): readonly (string | Buffer)[] };
  getPeer(): string;
}

/** Decides who may send, and whether now: before a message is decoded. */
export interface Admission {
  /** Checks that a caller may make a call. @throws IsothermError UNAUTHENTICATED, PERMISSION_DENIED */
  check(call: Pick<ArrivingCall, 'metadata'>, asked: AskedPermission): void;
  /** Who makes a call that asks for this permission, if they may. @throws IsothermError UNAUTHENTICATED, PERMISSION_DENIED */
  caller(call: ArrivingCall, asked: AskedPermission): Caller;
  /** Limits of a tenant; those of tenants that name none of their own where it is not known any more. */
  limitsOf(tenant: string): TenantLimits;
  /** Tenants and what they have under way. */
  readonly tenants: readonly TenantLoad[];
}

/** A tenant on a connection. */
export interface Caller {
  readonly tenant: string;
  /** Opens a stream. @returns a function that closes it; idempotent. @throws IsothermError RESOURCE_EXHAUSTED */
  openStream(): () => void;
  /** Takes a message by its length, before it is decoded. @throws IsothermError RESOURCE_EXHAUSTED: nothing was taken. */
  admit(messageBytes: number): Admitted;
}

/** A message that was taken. Ends with the first of `answered` and `failed`. */
export interface Admitted {
  /** It was decoded and has so many rows. */
  rows(count: number): void;
  /** It is durable, or its append failed. */
  answered(): void;
  /** It cannot be taken. If that is for lack of room, what it took is given back. */
  failed(error: unknown): void;
}

/** Bytes a message takes while it is pending, for one on the wire: six columns of 4 bytes against 48 bytes a row. */
const PENDING_BYTES_PER_WIRE_BYTE = 2;

/** How long a caller waits that has too many streams, in ms. */
const STREAM_RETRY_MS = 1_000;

/** Nobody is told to come back sooner, in ms. */
const LEAST_RETRY_MS = 10;

/** Creates an admission with nothing under way. */
export function createAdmission(
  deps: {
    readonly runtime: Runtime;
    readonly pendingBytes: () => number;
    /** A message was not taken. Default nothing. */
    readonly onRefused?: () => void;
  },
  options: {
    readonly tenants: ResolvedTenants;
    readonly maxPendingBytes: number;
    /** Bytes that a row takes while it is pending. */
    readonly pendingBytesPerRow: number;
  },
): Admission {
  const { tokens, connection: perConnection } = options.tenants;
  const tenants = options.tenants.tenants.map((tenant) => createTenantLoad(tenant, deps.runtime));
  const connections = createConnectionLoads(perConnection, deps.runtime);

  function refuseIf(over: boolean, id: AdmissionRefusal, facts: Parameters<typeof admissionRefused>[1]): void {
    if (over) throw admissionRefused(id, facts);
  }

  function checkBuckets(tenant: TenantLoad, connection: ConnectionLoad): void {
    const { name, limits } = tenant;
    const buckets = [
      ['TENANT_RATE_EXCEEDED', tenant.rows, limits.maxObservationsPerSecond],
      ['TENANT_BYTES_EXCEEDED', tenant.bytes, limits.maxBytesPerSecond],
      ['CONNECTION_BYTES_EXCEEDED', connection.bytes, perConnection.maxBytesPerSecondPerConnection],
    ] as const;
    for (const [id, bucket, limit] of buckets) {
      const waitMs = bucket.waitMs();
      if (waitMs === 0) continue;
      const retryAfterMs = Math.max(LEAST_RETRY_MS, waitMs);
      throw admissionRefused(id, { tenant: name, limit, value: (waitMs / 1000) * limit, retryAfterMs });
    }
  }

  function checkRoom(tenant: TenantLoad, bytes: number): void {
    const own = tenant.bytesInFlight;
    const limit = tenant.limits.maxBytesInFlight;
    refuseIf(limit > 0 && own > 0 && own + bytes > limit, 'TENANT_IN_FLIGHT_EXCEEDED', {
      tenant: tenant.name,
      limit,
      value: own + bytes,
      retryAfterMs: ROOM_RETRY_MS,
    });
    const pending = deps.pendingBytes();
    refuseIf(pending > 0 && pending + bytes > options.maxPendingBytes, 'INGEST_BUSY', {
      tenant: tenant.name,
      limit: options.maxPendingBytes,
      value: pending + bytes,
      retryAfterMs: ROOM_RETRY_MS,
    });
  }

  function admit(tenant: TenantLoad, connection: ConnectionLoad, messageBytes: number): Admitted {
    checkBuckets(tenant, connection);
    let open = true;
    let held = messageBytes * PENDING_BYTES_PER_WIRE_BYTE;
    let taken = 0;
    checkRoom(tenant, held);
    tenant.bytes.take(messageBytes);
    connection.bytes.take(messageBytes);
    tenant.bytesInFlight += held;
    const admitted: Admitted = {
      rows(count) {
        taken += count;
        tenant.rows.take(count);
        const bytes = Math.max(messageBytes, count * options.pendingBytesPerRow);
        tenant.bytesInFlight += bytes - held;
        held = bytes;
      },
      answered() {
        if (open) tenant.bytesInFlight -= held;
        open = false;
      },
      failed(error) {
        if (!open) return;
        admitted.answered();
        if (!(error instanceof IsothermError) || error.code !== 'RESOURCE_EXHAUSTED') return;
        tenant.rows.giveBack(taken);
        tenant.bytes.giveBack(messageBytes);
        connection.bytes.giveBack(messageBytes);
      },
    };
    return admitted;
  }

  function openStream(tenant: TenantLoad, connection: ConnectionLoad): () => void {
    const { maxStreams } = tenant.limits;
    const { maxStreamsPerConnection } = perConnection;
    refuseIf(maxStreams > 0 && tenant.streams >= maxStreams, 'TENANT_STREAMS_EXCEEDED', {
      tenant: tenant.name,
      limit: maxStreams,
      value: tenant.streams + 1,
      retryAfterMs: STREAM_RETRY_MS,
    });
    refuseIf(
      maxStreamsPerConnection > 0 && connection.streams >= maxStreamsPerConnection,
      'CONNECTION_STREAMS_EXCEEDED',
      {
        tenant: tenant.name,
        limit: maxStreamsPerConnection,
        value: connection.streams + 1,
        retryAfterMs: STREAM_RETRY_MS,
      },
    );
    tenant.streams += 1;
    connection.streams += 1;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      tenant.streams -= 1;
      connection.streams -= 1;
    };
  }

  function tenantOf({ metadata }: Pick<ArrivingCall, 'metadata'>, asked: AskedPermission): TenantLoad {
    const [header] = metadata.get('authorization');
    return tokens ? authorize(tenants, header?.toString(), asked) : tenants[0]!;
  }

  const byName = new Map(tenants.map(({ name, limits }) => [name, limits]));
  return {
    tenants,
    limitsOf: (tenant) => byName.get(tenant) ?? options.tenants.sharedLimits,
    check(call, asked) {
      if (asked !== 'none') tenantOf(call, asked);
    },
    caller(call, asked) {
      const tenant = tenantOf(call, asked);
      const connection = connections.of(call.getPeer());
      return {
        tenant: tenant.name,
        openStream: () => openStream(tenant, connection),
        admit(messageBytes) {
          try {
            return admit(tenant, connection, messageBytes);
          } catch (error) {
            deps.onRefused?.();
            throw error;
          }
        },
      };
    },
  };
}
