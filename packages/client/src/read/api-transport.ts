import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import type { ResolvedClientOptions } from '../client-options.ts';
import { retryCalls } from './retried-calls.ts';

/** Longest message taken, in bytes. A message's length is believed before its bytes come: without a limit four bytes cost 4 GB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The public API's services over Connect. */
export function createApi(options: ResolvedClientOptions) {
  const transport = createTransport(options);
  return {
    target: options.apiUrl.origin,
    /** How streams are made again. */
    lasting: { target: options.apiUrl.origin, retry: options.retry, firstWithinMs: options.timeoutMs },
    analytics: createClient(AnalyticsService, transport),
    cities: createClient(CityService, transport),
    deadLetters: createClient(DeadLetterService, transport),
    forecasts: createClient(ForecastService, transport),
    platform: createClient(PlatformService, transport),
  };
}

/** What {@link createApi} makes. */
export type Api = ReturnType<typeof createApi>;

function createTransport({ apiUrl, tls, token, timeoutMs, retry }: ResolvedClientOptions): Transport {
  const certificates = {
    ...(tls.rootCertificates && { ca: Buffer.from(tls.rootCertificates) }),
    ...(tls.privateKey && { key: Buffer.from(tls.privateKey) }),
    ...(tls.certificateChain && { cert: Buffer.from(tls.certificateChain) }),
  };
  return createConnectTransport({
    httpVersion: '1.1',
    baseUrl: apiUrl.href.replace(/\/$/, ''),
    defaultTimeoutMs: timeoutMs,
    readMaxBytes: MAX_ANSWER_BYTES,
    nodeOptions: certificates,
    interceptors: [
      retryCalls(apiUrl.origin, retry),
      (next) => async (request) => {
        const bearer = await token();
        if (bearer !== undefined) request.header.set('authorization', `Bearer ${bearer}`);
        return next(request);
      },
    ],
  });
}
