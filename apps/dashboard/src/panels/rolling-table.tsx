import type { RollingValues } from '@isotherm/contracts/forecast/v1/forecast_service';
import { useObservable } from '../data/use-observable.ts';
import { formatTemperature } from '../format/temperature.ts';
import { useModel } from '../model-context.ts';

const NAMES = new Map([
  [300, '5 min'],
  [3600, '1 h'],
  [86400, '24 h'],
]);

/** Heat index over the rolling windows. */
export function RollingTable({ rolling }: { readonly rolling: readonly RollingValues[] }) {
  const { settings } = useModel();
  const { unit } = useObservable(settings);
  const show = (celsius: number | undefined): string =>
    celsius === undefined ? '–' : formatTemperature(celsius, unit);
  const rows = [...NAMES].map(([seconds, name]) => ({
    name,
    values: rolling.find(({ window }) => Number(window?.seconds ?? 0n) === seconds),
  }));
  return (
    <table className="rolling">
      <thead className="small quiet">
        <tr>
          <th scope="col">Heat index, last</th>
          <th scope="col">mean</th>
          <th scope="col">low</th>
          <th scope="col">high</th>
          <th scope="col" title="Minutes at Caution or above">
            at risk
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, values }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <b>{show(values?.heatIndexMean)}</b>
            </td>
            <td>{show(values?.heatIndexMin)}</td>
            <td>{show(values?.heatIndexMax)}</td>
            <td>{values ? minutes(values.cautionMinutes) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function minutes(count: number): string {
  return count < 120 ? `${count} min` : `${(count / 60).toFixed(1)} h`;
}
