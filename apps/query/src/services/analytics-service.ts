import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type {
  AnalyticsService,
  QueryHistoryRequest,
  QueryHistoryResponse,
  RankCitiesRequest,
  RankCitiesResponse,
} from '@isotherm/contracts/analytics/v1/analytics_service';
import { type HistoryDeps, queryHistory } from '../analytics/history-reads.ts';
import { type RankDeps, rankCities } from '../analytics/rank-reads.ts';
import type { Call } from '../call.ts';

/** Reads of what was stored. */
export interface AnalyticsReads {
  queryHistory(request: QueryHistoryRequest, call: Call): Promise<QueryHistoryResponse>;
  rankCities(request: RankCitiesRequest, call: Call): Promise<RankCitiesResponse>;
}

/** Creates the reads behind AnalyticsService and its URLs. */
export function createAnalyticsReads(deps: HistoryDeps & RankDeps): AnalyticsReads {
  return {
    queryHistory: (request, call) => queryHistory(deps, request, call),
    rankCities: (request, call) => rankCities(deps, request, call),
  };
}

/** AnalyticsService over the store. */
export function createAnalyticsService(
  reads: AnalyticsReads,
  callOf: (context: HandlerContext) => Call,
): ServiceImpl<typeof AnalyticsService> {
  return {
    queryHistory: (request, context) => reads.queryHistory(request, callOf(context)),
    rankCities: (request, context) => reads.rankCities(request, callOf(context)),
  };
}
