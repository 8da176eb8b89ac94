import { create } from '@bufbuild/protobuf';
import type { Catalogue } from '@isotherm/catalogue';
import {
  type GetCurrentRequest,
  type GetCurrentResponse,
  GetCurrentResponseSchema,
  type GetForecastRequest,
  type GetForecastResponse,
} from '@isotherm/contracts/forecast/v1/forecast_service';
import type { HeatIndexFormulaName } from '@isotherm/domain';
import { IsothermError } from '@isotherm/service-kit';
import { answerUnits } from '../answers/answer-units.ts';
import { currentConditions } from '../answers/current-conditions.ts';
import { forecastAnswer } from '../answers/forecast-answer.ts';
import type { Call, Clock } from '../call.ts';
import type { CityFinder, Finding } from '../cities/city-finder.ts';

const MAX_FORECAST_HOURS = 24;

/** Reads of what the shards hold. */
export interface ForecastReads {
  getCurrent(request: GetCurrentRequest, call: Call): Promise<GetCurrentResponse>;
  getForecast(request: GetForecastRequest, call: Call): Promise<GetForecastResponse>;
}

/** What {@link createForecastReads} needs. */
export interface ForecastReadsDeps {
  readonly finder: CityFinder;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly formula: HeatIndexFormulaName;
  isDemo(cityId: string): boolean;
}

/** Creates the reads behind ForecastService and its URLs. */
export function createForecastReads(deps: ForecastReadsDeps): ForecastReads {
  const { finder, clock, formula, isDemo } = deps;
  return {
    async getCurrent(request, call) {
      const query = {
        includeRolling: true,
        consistency: request.consistency,
        ...(request.readToken === undefined ? {} : { readToken: request.readToken }),
      };
      const findings = await finder.find(request.cities, query, call);
      refuseWithoutAnswer(findings);
      const units = answerUnits(request.units);
      const nowMs = clock();
      const response = create(GetCurrentResponseSchema);
      for (const finding of findings) {
        if (finding.kind === 'found') {
          const demo = isDemo(finding.city.cityId);
          response.conditions.push(currentConditions(finding, { units, nowMs, formula, demo }));
        } else if (finding.kind === 'unknown') {
          response.unknownCities.push(finding.text);
        } else {
          response.unreachableCities.push(finding.text);
        }
      }
      return response;
    },

    async getForecast(request, call) {
      const found = await finder.findOne(request.city, { includeForecast: true }, call);
      if (found.state.forecast.length === 0) throw tooYoung(found.city.cityId);
      return forecastAnswer(found, {
        units: answerUnits(request.units),
        hours: request.hours || MAX_FORECAST_HOURS,
        formula,
        demo: isDemo(found.city.cityId),
      });
    },
  };
}

/** One city that is not there is an error; of many, a promise about what is read that was not kept, or no answer at all. */
function refuseWithoutAnswer(findings: readonly Finding[]): void {
  const [first] = findings;
  if (findings.length === 1 && first !== undefined && first.kind !== 'found') throw first.error();
  const failed = findings.filter((finding) => finding.kind === 'failed');
  const fatal = failed.map(({ error }) => error()).find(({ code }) => code !== 'UNAVAILABLE');
  if (fatal !== undefined) throw fatal;
  if (failed.length > 0 && failed.length === findings.length) throw failed[0]?.error();
}

function tooYoung(cityId: string): IsothermError {
  return new IsothermError({
    code: 'NOT_FOUND',
    id: 'FORECAST_NOT_YET',
    message: `There is no forecast for ${JSON.stringify(cityId)} yet: its first hour of observations is not complete.`,
    advice: 'Ask again when an hour of observations, and the first of the hour after it, have arrived.',
    metadata: { city: cityId, near: '' },
  });
}
