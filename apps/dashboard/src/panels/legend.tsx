import { SCALE_MAX_CELSIUS, SCALE_MIN_CELSIUS, temperatureCss } from '../color/temperature-scale.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatTemperature, unitSign } from '../format/temperature.ts';
import { useModel } from '../model-context.ts';
import { riskName } from '../risk/risk-level.ts';
import { RiskMark } from '../risk/risk-mark.tsx';
import type { MapMetric, TemperatureUnit } from '../settings/settings.ts';
import './legend.css';

const METRICS: readonly { readonly metric: MapMetric; readonly label: string }[] = [
  { metric: 'heatIndex', label: 'Heat index' },
  { metric: 'temperature', label: 'Temperature' },
];

const STRIPES = 40;

/** Round temperatures of the unit on the scale, as °C. */
function ticks(unit: TemperatureUnit): number[] {
  const round = unit === 'celsius' ? [-30, -15, 0, 15, 30, 45] : [-20, 0, 32, 60, 80, 100, 120];
  return unit === 'celsius' ? round : round.map((fahrenheit) => (fahrenheit - 32) / 1.8);
}

const place = (celsius: number): string =>
  `${((celsius - SCALE_MIN_CELSIUS) / (SCALE_MAX_CELSIUS - SCALE_MIN_CELSIUS)) * 100}%`;

/** What the colours and rings mean, in the chosen unit, and the switch of what the map shows. */
export function Legend() {
  const { settings } = useModel();
  const { unit, metric } = useObservable(settings);
  return (
    <section className="legend surface" aria-label="Legend">
      <div className="legend-head">
        <fieldset className="legend-metrics">
          <legend className="unseen">The map shows</legend>
          {METRICS.map((choice) => (
            <button
              key={choice.metric}
              type="button"
              aria-pressed={choice.metric === metric}
              onClick={() => settings.set({ ...settings.get(), metric: choice.metric })}
            >
              {choice.label}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          className="legend-unit"
          aria-label={`Unit ${unitSign(unit)}, switch`}
          onClick={() => settings.set({ ...settings.get(), unit: unit === 'celsius' ? 'fahrenheit' : 'celsius' })}
        >
          {unitSign(unit)}
        </button>
      </div>
      <div className="legend-scale" aria-hidden="true">
        {Array.from({ length: STRIPES }, (_, i) => {
          const celsius = SCALE_MIN_CELSIUS + ((i + 0.5) / STRIPES) * (SCALE_MAX_CELSIUS - SCALE_MIN_CELSIUS);
          return <i key={celsius} style={{ background: temperatureCss(celsius) }} />;
        })}
      </div>
      <div className="legend-ticks small quiet">
        {ticks(unit).map((celsius) => (
          <span key={celsius} style={{ left: place(celsius) }}>
            {formatTemperature(celsius, unit, 0)}
          </span>
        ))}
      </div>
      <ul className="legend-risks small quiet" aria-label="Heat risk">
        {[3, 4, 5].map((level) => (
          <li key={level}>
            <RiskMark level={level} />
            {riskName(level)}
          </li>
        ))}
      </ul>
    </section>
  );
}
