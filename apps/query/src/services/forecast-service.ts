import { durationMs } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { Catalogue } from '@isotherm/catalogue';
import type { ForecastService, WatchRequest } from '@isotherm/contracts/forecast/v1/forecast_service';
import type { Call } from '../call.ts';
import type { CityFinder } from '../cities/city-finder.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { ForecastReads } from './forecast-reads.ts';

const DEFAULT_INTERVAL_MS = 250;
const LEAST_INTERVAL_MS = 50;
const MOST_INTERVAL_MS = 60_000;

/** ForecastService over what the shards hold. */
export function createForecastService(deps: {
  readonly reads: ForecastReads;
  readonly hub: LiveHub;
  readonly finder: CityFinder;
  readonly catalogue: Catalogue;
  callOf(context: HandlerContext): Call;
}): ServiceImpl<typeof ForecastService> {
  const { reads, hub, callOf } = deps;

  /** Ids to watch. A city of the catalogue may be watched before its first observation, any other one may not. */
  async function watchedIds(request: WatchRequest, call: Call): Promise<string[] | undefined> {
    if (request.cities.length === 0) return undefined;
    const names = request.cities.filter((text) => deps.catalogue.listed(text)?.cityId !== text);
    const findings = await deps.finder.find(names, {}, call);
    const idByText = new Map<string, string>();
    for (const finding of findings) {
      const named = deps.catalogue.resolve(finding.text)?.cityId;
      if (finding.kind === 'found') idByText.set(finding.text, finding.city.cityId);
      else if (named !== undefined) idByText.set(finding.text, named);
      else throw finding.error();
    }
    return request.cities.map((text) => idByText.get(text) ?? text);
  }

  return {
    getCurrent: (request, context) => reads.getCurrent(request, callOf(context)),
    getForecast: (request, context) => reads.getForecast(request, callOf(context)),
    async *watch(request, context) {
      const cityIds = await watchedIds(request, callOf(context));
      const wanted = request.minInterval === undefined ? DEFAULT_INTERVAL_MS : durationMs(request.minInterval);
      const minIntervalMs = Math.min(MOST_INTERVAL_MS, Math.max(LEAST_INTERVAL_MS, wanted));
      yield* hub.watch({ cityIds, minIntervalMs, signal: context.signal });
    },
  };
}
