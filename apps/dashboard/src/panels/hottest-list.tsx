import { useRef } from 'react';
import { useObservable } from '../data/use-observable.ts';
import { formatTemperature, unitSign } from '../format/temperature.ts';
import { formatClock } from '../format/time.ts';
import { useModel } from '../model-context.ts';
import { riskName } from '../risk/risk-level.ts';
import { RiskMark } from '../risk/risk-mark.tsx';
import './hottest-list.css';
import { useSlide } from './use-slide.ts';
import { useTicker } from './use-ticker.ts';

/** The hottest cities, now or at the moment looked back to. Rows slide. */
export function HottestList() {
  const model = useModel();
  const { unit, metric } = useObservable(model.settings);
  const moment = useObservable(model.past.moment);
  const selection = useObservable(model.selection);
  useTicker(1000);
  const list = useRef<HTMLOListElement>(null);
  const cities = moment ? model.hottest.readValues(moment.values) : model.hottest.read(metric);
  useSlide(list);

  return (
    <section className="hottest" aria-labelledby="hottest-title">
      <h2 id="hottest-title" className="section-title">
        Hottest {moment ? `at ${formatClock(moment.atMs)}` : 'now'}
        <span className="quiet">{unitSign(unit)}</span>
      </h2>
      {cities.length === 0 && (
        <p className="quiet hottest-none">No readings{moment ? ' remembered for this time' : ' yet'}</p>
      )}
      <ol ref={list} data-empty={cities.length === 0}>
        {cities.map((city) => (
          <li key={city.cityId} data-key={city.cityId}>
            <button
              type="button"
              className="hottest-row"
              aria-current={selection?.cityId === city.cityId}
              onClick={() => model.selection.set({ cityId: city.cityId, fly: true })}
            >
              <span className="hottest-name">{city.name}</span>
              <span className="quiet small" title={city.country}>
                {city.countryCode}
              </span>
              {!moment && (
                <span title={riskName(city.risk)}>
                  <RiskMark level={city.risk} />
                  <span className="unseen">{riskName(city.risk)}</span>
                </span>
              )}
              <b className="hottest-value">{formatTemperature(city.celsius, unit)}</b>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
