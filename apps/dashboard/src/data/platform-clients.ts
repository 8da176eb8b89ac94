import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { AnalyticsService } from '@isotherm/contracts/analytics/v1/analytics_service';
import { CityService } from '@isotherm/contracts/city/v1/city_service';
import { ForecastService } from '@isotherm/contracts/forecast/v1/forecast_service';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';

/** The public services the page reads. */
export interface PlatformClients {
  readonly forecast: Client<typeof ForecastService>;
  readonly analytics: Client<typeof AnalyticsService>;
  readonly cities: Client<typeof CityService>;
  readonly platform: Client<typeof PlatformService>;
}

/** Clients of the platform at `baseUrl`, over Connect with binary messages; every call passes the interceptor. */
export function createPlatformClients(baseUrl: string, interceptor: Interceptor): PlatformClients {
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors: [interceptor] });
  return {
    forecast: createClient(ForecastService, transport),
    analytics: createClient(AnalyticsService, transport),
    cities: createClient(CityService, transport),
    platform: createClient(PlatformService, transport),
  };
}
