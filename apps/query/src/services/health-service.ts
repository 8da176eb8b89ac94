import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type Health,
  HealthCheckResponseSchema,
  HealthListResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from '@isotherm/contracts/grpc/health/v1/health';
import type { Lifecycle } from '@isotherm/service-kit';

/** grpc.health.v1.Health over the lifecycle: every service serves while the server is ready. */
export function createHealthService(
  lifecycle: Lifecycle,
  options: { readonly services: readonly string[]; readonly stopping: AbortSignal },
): ServiceImpl<typeof Health> {
  const { services, stopping } = options;
  const known = new Set(['', ...services]);
  const now = () => (lifecycle.ready ? Status.SERVING : Status.NOT_SERVING);
  return {
    check({ service }) {
      if (!known.has(service))
        throw new ConnectError(`There is no service ${JSON.stringify(service)} here.`, Code.NotFound);
      return create(HealthCheckResponseSchema, { status: now() });
    },
    async *watch({ service }, context) {
      const signal = AbortSignal.any([context.signal, stopping]);
      if (!known.has(service)) {
        yield create(HealthCheckResponseSchema, { status: Status.SERVICE_UNKNOWN });
        await ended(signal);
        return;
      }
      let sent: Status | undefined;
      while (!signal.aborted) {
        const status = now();
        if (status !== sent) yield create(HealthCheckResponseSchema, { status });
        sent = status;
        if (now() === sent) await moved(lifecycle, signal);
      }
    },
    list() {
      const status = create(HealthCheckResponseSchema, { status: now() });
      return create(HealthListResponseSchema, {
        statuses: Object.fromEntries([...known].map((name) => [name, status])),
      });
    },
  };
}

function moved(lifecycle: Lifecycle, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = lifecycle.onMove(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
