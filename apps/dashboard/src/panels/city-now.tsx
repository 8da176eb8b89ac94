import type { CurrentConditions } from '@isotherm/contracts/forecast/v1/forecast_service';
import { HeatIndexFormula } from '@isotherm/contracts/type/v1/weather';
import { MISSING } from '../data/city-table.ts';
import { timestampToMs } from '../data/stats-sample.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatTemperature, unitSign } from '../format/temperature.ts';
import { formatAge } from '../format/time.ts';
import { formatWind } from '../format/wind.ts';
import { useModel } from '../model-context.ts';
import { riskAdvice, riskName } from '../risk/risk-level.ts';
import { RiskMark } from '../risk/risk-mark.tsx';

interface CityNowProps {
  readonly slot: number | undefined;
  readonly current: CurrentConditions | undefined;
}

/** What it is like now: from the live stream where it carries the value, otherwise from the last answer. */
export function CityNow({ slot, current }: CityNowProps) {
  const { store, settings } = useModel();
  const { unit } = useObservable(settings);
  const columns = store.table.columns;
  const live = (column: Int16Array): number | undefined => {
    const value = slot === undefined ? MISSING : (column[slot] ?? MISSING);
    return value === MISSING ? undefined : value / 100;
  };
  const temperature = live(columns.temperature) ?? current?.temperature;
  const heatIndex = live(columns.heatIndex) ?? current?.heatIndex;
  const humidity = live(columns.humidity) ?? current?.relativeHumidityPercent;
  const wind = live(columns.wind) ?? current?.windSpeed;
  const risk = (slot === undefined ? 0 : columns.risk[slot]) || (current?.risk ?? 0);
  const observedMs =
    (slot === undefined ? 0 : columns.observedMs[slot]) ||
    (current?.observeTime ? timestampToMs(current.observeTime) : 0);
  const chill = current?.windChill;
  const advice = riskAdvice(risk);
  const down = slot !== undefined && columns.ownerDown[slot] === 1;

  return (
    <div className="now">
      <div className="now-main">
        <output
          className="now-temperature"
          aria-label="Temperature"
          data-value="temperature"
          data-temperature-celsius={temperature}
          data-heat-index-celsius={heatIndex}
        >
          {temperature === undefined ? '–' : formatTemperature(temperature, unit)}
          <span className="now-unit">{unitSign(unit)}</span>
        </output>
        <div className="now-feels">
          <p>
            Feels like{' '}
            <b data-value="heat-index">
              {chill !== undefined
                ? `${formatTemperature(chill, unit)}°`
                : heatIndex === undefined
                  ? 'unknown'
                  : `${formatTemperature(heatIndex, unit)}°`}
            </b>
          </p>
          <p className="small quiet">{chill !== undefined ? 'Wind chill' : formulaName(current?.heatIndexFormula)}</p>
        </div>
      </div>
      <p className="now-age small quiet">
        as of {formatAge(store.clock.now() - observedMs)}
        {down && '. The shard that owns it does not answer.'}
      </p>
      {risk > 1 && (
        <p className="now-risk">
          <RiskMark level={risk} />
          <b>{riskName(risk)}</b> <span className="quiet small">{advice}</span>
        </p>
      )}
      <dl className="now-others">
        <Other name="Humidity" value={humidity === undefined ? '–' : `${humidity.toFixed(0)} %`} />
        <Other name="Wind" value={wind === undefined ? '–' : formatWind(wind, unit)} />
        <Other
          name="Dew point"
          value={current?.dewPoint === undefined ? '–' : `${formatTemperature(current.dewPoint, unit)}°`}
        />
      </dl>
    </div>
  );
}

function Other({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt className="small quiet">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function formulaName(formula: HeatIndexFormula | undefined): string {
  switch (formula) {
    case HeatIndexFormula.NWS:
      return 'NWS heat index';
    case HeatIndexFormula.ROTHFUSZ:
      return 'Rothfusz heat index';
    default:
      return 'Heat index';
  }
}
