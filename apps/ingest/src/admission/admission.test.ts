import { type Runtime, systemRuntime } from '@isotherm/runtime';
import { IsothermError, resolveTenants, type TenantsOptions } from '@isotherm/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Admission, type ArrivingCall, createAdmission } from './admission.ts';
import { createConnectionLoads } from './connection-loads.ts';

const TOKENS: Readonly<Record<string, string>> = { a: 'token-of-tenant-a-', b: 'token-of-tenant-b-' };

function callOf(tenant: string, peer = '127.0.0.1:1'): ArrivingCall {
  return { metadata: { get: () => [`Bearer ${TOKENS[tenant]}`] }, getPeer: () => peer };
}

function admissionOf(options: Omit<TenantsOptions, 'tenants'>, maxPendingBytes = 0) {
  const clock = { nowMs: 0, pendingBytes: 0, refused: 0 };
  const runtime: Runtime = { ...systemRuntime, monotonicMs: () => clock.nowMs };
  const tenants = ['a', 'b'].map((name) => ({ name, tokens: [TOKENS[name]!] }));
  const admission = createAdmission(
    { runtime, pendingBytes: () => clock.pendingBytes, onRefused: () => (clock.refused += 1) },
    { tenants: resolveTenants({ ...options, tenants }, 0), maxPendingBytes, pendingBytesPerRow: 48 },
  );
  return { admission, clock };
}

function refusal(attempt: () => unknown): IsothermError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof IsothermError) return error;
  }
  throw new Error('it was not refused');
}

describe('A message is refused by its length alone', () => {
  it('while the tenant owes rows, until the moment named', () => {
    const { admission, clock } = admissionOf({ limits: { maxObservationsPerSecond: 100, burstSeconds: 1 } });
    const caller = admission.caller(callOf('a'), 'ingest');
    caller.admit(10).rows(300);
    const error = refusal(() => caller.admit(10));
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      id: 'TENANT_RATE_EXCEEDED',
      metadata: { tenant: 'a', setting: 'maxObservationsPerSecond', limit: '100' },
    });
    clock.nowMs += error.retryAfterMs! - 2;
    refusal(() => caller.admit(10));
    clock.nowMs += 2;
    caller.admit(10);
    expect(clock.refused).toBe(2);
  });

  it('while the tenant owes bytes, over all its connections', () => {
    const { admission, clock } = admissionOf({ limits: { maxBytesPerSecond: 100, burstSeconds: 2 } });
    admission.caller(callOf('a', 'x'), 'ingest').admit(250);
    const other = admission.caller(callOf('a', 'y'), 'ingest');
    expect(refusal(() => other.admit(1))).toMatchObject({ id: 'TENANT_BYTES_EXCEEDED', metadata: { limit: '100' } });
    clock.nowMs += 501;
    other.admit(1);
  });

  it('while the connection owes bytes; another connection of the tenant passes', () => {
    const { admission } = admissionOf({ connection: { maxBytesPerSecondPerConnection: 10 } });
    const caller = admission.caller(callOf('a', 'x'), 'ingest');
    caller.admit(60);
    expect(refusal(() => caller.admit(1))).toMatchObject({
      id: 'CONNECTION_BYTES_EXCEEDED',
      metadata: { setting: 'maxBytesPerSecondPerConnection', limit: '10' },
    });
    refusal(() => admission.caller(callOf('a', 'x'), 'ingest').admit(1));
    admission.caller(callOf('a', 'y'), 'ingest').admit(1);
  });

  it('where more of the tenant would wait to become durable than may; a lone message passes whatever its size', () => {
    const { admission } = admissionOf({ limits: { maxBytesInFlight: 1_000 } });
    const caller = admission.caller(callOf('a'), 'ingest');
    const first = caller.admit(100_000);
    expect(refusal(() => caller.admit(1))).toMatchObject({
      id: 'TENANT_IN_FLIGHT_EXCEEDED',
      metadata: { setting: 'maxBytesInFlight', limit: '1000' },
    });
    admission.caller(callOf('b'), 'ingest').admit(100);
    first.answered();
    caller.admit(300).rows(10);
    expect(admission.tenants[0]?.bytesInFlight).toBe(480);
    refusal(() => caller.admit(300));
  });

  it('where more would wait than ingest has room for', () => {
    const { admission, clock } = admissionOf({}, 1_000);
    const caller = admission.caller(callOf('a'), 'ingest');
    clock.pendingBytes = 900;
    caller.admit(50);
    expect(refusal(() => caller.admit(51))).toMatchObject({
      id: 'INGEST_BUSY',
      retryAfterMs: 100,
      metadata: { setting: 'maxPendingBytes', limit: '1000', value: '1002' },
    });
  });
});

describe('A stream is refused', () => {
  it('where its tenant has as many as it may', () => {
    const { admission } = admissionOf({ limits: { maxStreams: 2 } });
    const closeFirst = admission.caller(callOf('a', 'x'), 'ingest').openStream();
    admission.caller(callOf('a', 'y'), 'ingest').openStream();
    const third = admission.caller(callOf('a', 'z'), 'ingest');
    expect(refusal(() => third.openStream())).toMatchObject({
      id: 'TENANT_STREAMS_EXCEEDED',
      retryAfterMs: 1_000,
      metadata: { tenant: 'a', setting: 'maxStreams', limit: '2', value: '3' },
    });
    admission.caller(callOf('b', 'x'), 'ingest').openStream();
    closeFirst();
    closeFirst();
    third.openStream();
    refusal(() => third.openStream());
  });

  it('where its connection has as many as it may', () => {
    const { admission } = admissionOf({ connection: { maxStreamsPerConnection: 1 } });
    const close = admission.caller(callOf('a', 'x'), 'ingest').openStream();
    const caller = admission.caller(callOf('a', 'x'), 'ingest');
    expect(refusal(() => caller.openStream())).toMatchObject({ id: 'CONNECTION_STREAMS_EXCEEDED' });
    admission.caller(callOf('a', 'y'), 'ingest').openStream();
    close();
    caller.openStream();
  });
});

describe('What a tenant has under way', () => {
  const limits = { maxObservationsPerSecond: 50, maxBytesPerSecond: 400, maxBytesInFlight: 3_000 };
  const step = fc.record({
    tenant: fc.constantFrom('a', 'b'),
    bytes: fc.integer({ min: 1, max: 500 }),
    rows: fc.nat({ max: 40 }),
    end: fc.constantFrom('answered', 'no room', 'invalid', 'open'),
    afterMs: fc.nat({ max: 400 }),
  });

  it('is nothing again once all is answered, whatever was refused meanwhile', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { admission, clock } = admissionOf({ limits });
        const open: (() => void)[] = [];
        for (const { tenant, bytes, rows, end, afterMs } of steps) {
          clock.nowMs += afterMs;
          run(admission, { tenant, bytes, rows, end }, open);
        }
        for (const close of open) close();
        expect(admission.tenants.map(({ bytesInFlight }) => bytesInFlight)).toEqual([0, 0]);
      }),
    );
  });

  it('does not depend on what another tenant does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const outcomes = (all: boolean) => {
          const { admission, clock } = admissionOf({ limits });
          return steps.map((each) => {
            clock.nowMs += each.afterMs;
            if (!all && each.tenant === 'a') return undefined;
            const outcome = run(admission, each, []);
            return each.tenant === 'b' ? outcome : undefined;
          });
        };
        expect(outcomes(true)).toEqual(outcomes(false));
      }),
    );
  });

  it('is not charged for a batch that found no room after all', () => {
    const { admission } = admissionOf({ limits: { maxObservationsPerSecond: 10, maxBytesPerSecond: 10 } });
    const caller = admission.caller(callOf('a'), 'ingest');
    const admitted = caller.admit(1_000);
    admitted.rows(1_000);
    admitted.failed(new IsothermError({ code: 'RESOURCE_EXHAUSTED', id: 'INGEST_BUSY', message: 'Full.' }));
    const invalid = caller.admit(1_000);
    invalid.failed(new IsothermError({ code: 'INVALID_ARGUMENT', id: 'BATCH_INVALID', message: 'No.' }));
    refusal(() => caller.admit(1));
  });

  function run(
    admission: Admission,
    { tenant, bytes, rows, end }: { tenant: string; bytes: number; rows: number; end: string },
    open: (() => void)[],
  ): string {
    const caller = admission.caller(callOf(tenant), 'ingest');
    try {
      const admitted = caller.admit(bytes);
      admitted.rows(rows);
      if (end === 'answered') admitted.answered();
      else if (end === 'open') open.push(() => admitted.answered());
      else {
        const code = end === 'invalid' ? 'INVALID_ARGUMENT' : 'RESOURCE_EXHAUSTED';
        admitted.failed(new IsothermError({ code, id: 'TEST', message: 'No.' }));
      }
      return 'admitted';
    } catch (error) {
      return error instanceof IsothermError ? error.id : String(error);
    }
  }
});

it('a connection is forgotten once it has no stream and has sent nothing lately', () => {
  let nowMs = 0;
  const loads = createConnectionLoads(
    { maxStreamsPerConnection: 1, maxBytesPerSecondPerConnection: 1_000 },
    { ...systemRuntime, monotonicMs: () => nowMs },
  );
  const busy = loads.of('busy');
  busy.streams = 1;
  loads.of('owing').bytes.take(10_000_000);
  for (let peer = 0; peer < 5_000; peer += 1) loads.of(`peer-${peer}`).bytes.take(1);
  expect(loads.size).toBe(5_002);
  nowMs += 1_000;
  for (let peer = 0; peer < 10_000; peer += 1) loads.of(`later-${peer}`);
  expect(loads.size).toBeLessThan(6_000);
  expect(loads.of('busy')).toBe(busy);
  expect(loads.of('owing').bytes.full).toBe(false);
});
