import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import { StatusSchema } from '@isotherm/contracts/google/rpc/status';
import { describe, expect, it } from 'vitest';
import { IsothermError, toConnectError, toGrpcError } from './index.ts';

const full = new IsothermError({
  code: 'RESOURCE_EXHAUSTED',
  id: 'LOG_FULL',
  message: 'The log has reached its limit.',
  advice: 'Raise log.maxBytes.',
  retryAfterMs: 1500,
  metadata: { setting: 'log.maxBytes' },
  violations: [{ field: 'batch', description: 'too big' }],
});

describe('errors at the edges', () => {
  it('do not take a caller who left in the middle of a request for a failure of the platform', () => {
    const left = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    expect(toConnectError(left).cause).toMatchObject({ id: 'CANCELLED' });
    expect(toConnectError(Object.assign(new Error('read'), { code: 'ECONNRESET' })).cause).toMatchObject({
      id: 'INTERNAL',
    });
  });

  it('carry code, advice and rich details over gRPC', () => {
    const error = toGrpcError(full);
    expect(error.code).toBe(8);
    expect(error.details).toBe('The log has reached its limit. Raise log.maxBytes.');
    const status = fromBinary(StatusSchema, error.metadata.get('grpc-status-details-bin')[0] as Buffer);
    const [info, retry, bad] = status.details;
    expect(info && anyUnpack(info, ErrorInfoSchema)?.reason).toBe('LOG_FULL');
    expect(info && anyUnpack(info, ErrorInfoSchema)?.metadata).toEqual({ setting: 'log.maxBytes' });
    expect(retry && anyUnpack(retry, RetryInfoSchema)?.retryDelay).toMatchObject({ seconds: 1n, nanos: 500_000_000 });
    expect(bad && anyUnpack(bad, BadRequestSchema)?.fieldViolations[0]).toMatchObject({ field: 'batch' });
  });

  it('carry the same over Connect', () => {
    const error = toConnectError(full);
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(1n);
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe('LOG_FULL');
    expect(toConnectError(error)).toBe(error);
    expect(ConnectError.from(error)).toBe(error);
  });

  it('never tell a client what an unexpected failure said', () => {
    const error = toGrpcError(new Error('password=hunter2'));
    expect(error.code).toBe(13);
    expect(JSON.stringify([error.details, error.metadata.getMap()])).not.toContain('hunter2');
  });
});
