import type { Interceptor, StreamResponse } from '@connectrpc/connect';
import { Code } from '@connectrpc/connect';
import { toConnectError } from '@isotherm/service-kit';
import { metrics, type ObservableResult } from '@opentelemetry/api';

/** Seconds; hot reads are to stay below 5 ms. */
const BOUNDARIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts of this server, by OpenTelemetry's semantic conventions. */
export interface CallMetrics {
  /** Times every unary call; streams count when they end. */
  readonly interceptor: Interceptor;
  /** Notes an answered URL. */
  requestAnswered(request: { readonly route: string; readonly status: number; readonly seconds: number }): void;
  /** Stops observing. */
  remove(): void;
}

/** Registers the metrics with this thread's meter. */
export function createCallMetrics(watchers: () => number): CallMetrics {
  const meter = metrics.getMeter('@isotherm/query');
  const advice = { explicitBucketBoundaries: BOUNDARIES };
  const calls = meter.createHistogram('rpc.server.call.duration', {
    unit: 's',
    description: 'Duration of calls that clients made over gRPC or Connect',
    advice,
  });
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of requests for URLs under /v1',
    advice,
  });
  const gauge = meter.createObservableGauge('isotherm.query.watchers', { description: 'Open Watch streams' });
  const observe = (result: ObservableResult) => result.observe(watchers());
  gauge.addCallback(observe);

  return {
    remove: () => gauge.removeCallback(observe),
    interceptor: (next) => async (request) => {
      const began = performance.now();
      const record = (code: string) => {
        calls.record((performance.now() - began) / 1000, {
          'rpc.system.name': 'connectrpc',
          'rpc.method': `${request.service.typeName}/${request.method.name}`,
          'rpc.response.status_code': code,
        });
      };
      try {
        const response = await next(request);
        if (response.stream) return { ...response, message: counted(response.message, record) } as StreamResponse;
        record('OK');
        return response;
      } catch (thrown) {
        record(codeName(thrown));
        throw thrown;
      }
    },
    requestAnswered({ route, status, seconds }) {
      requests.record(seconds, {
        'http.request.method': 'GET',
        'http.route': route,
        'http.response.status_code': status,
      });
    },
  };
}

async function* counted<T>(messages: AsyncIterable<T>, record: (code: string) => void): AsyncIterable<T> {
  let code = 'OK';
  try {
    yield* messages;
  } catch (thrown) {
    code = codeName(thrown);
    throw thrown;
  } finally {
    record(code);
  }
}

function codeName(thrown: unknown): string {
  return Code[toConnectError(thrown).code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
