import type { HistoryPoint } from '@isotherm/contracts/analytics/v1/analytics_service';
import type { ForecastPoint } from '@isotherm/contracts/forecast/v1/forecast_service';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { MISSING } from '../data/city-table.ts';
import { useObservable } from '../data/use-observable.ts';
import { formatDayClock } from '../format/time.ts';
import { useModel } from '../model-context.ts';
import { type ChartColumns, chartData } from './chart-data.ts';
import { chartOptions, readChartColors } from './chart-options.ts';
import './day-chart.css';

interface DayChartProps {
  readonly slot: number | undefined;
  readonly history: readonly HistoryPoint[];
  readonly forecast: readonly ForecastPoint[];
  readonly timeZone: string;
}

const HEIGHT = 148;

/** The last 24 hours and the next: heat index and temperature, the span of the readings, night, and the forecast after now. */
export function DayChart({ slot, history, forecast, timeZone }: DayChartProps) {
  const { store, settings, past } = useModel();
  const { unit, theme } = useObservable(settings);
  const moment = useObservable(past.moment);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [hovered, setHovered] = useState<string | undefined>(undefined);
  const minute = Math.floor(store.clock.now() / 60_000) * 60_000;
  const columns = store.table.columns;
  const place = slot === undefined ? undefined : store.table.place(slot);

  const data = useMemo((): ChartColumns => {
    const live = (column: Int16Array): number | null => {
      const value = slot === undefined ? MISSING : (column[slot] ?? MISSING);
      return value === MISSING ? null : value / 100;
    };
    const now = { atMs: minute, heatIndex: live(columns.heatIndex), temperature: live(columns.temperature) };
    return chartData(history, forecast, now, unit);
  }, [history, forecast, minute, unit, slot, columns]);

  const lookedAt = moment?.atMs;
  const latitude = place?.latitude;
  const longitude = place?.longitude;
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme changes the colours that the options read from the page
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const options = chartOptions({
      width: element.clientWidth,
      height: HEIGHT,
      unit,
      timeZone,
      colors: readChartColors(element),
      sun: latitude === undefined || longitude === undefined ? undefined : { latitude, longitude },
      nowMs: () => store.clock.now(),
      lookedAtMs: () => past.moment.get()?.atMs,
      onCursor: (index, columnsShown) =>
        setHovered(index === undefined ? undefined : describe(columnsShown, index, timeZone)),
    });
    const chart = new uPlot(options, [[0], [null]] as unknown as uPlot.AlignedData, element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [unit, timeZone, theme, latitude, longitude, store, past]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment looked at and a new plot ask for a redraw
  useEffect(() => {
    plot.current?.setData(data as unknown as uPlot.AlignedData);
  }, [data, lookedAt, unit, timeZone, theme, latitude, longitude]);

  return (
    <figure className="day">
      <figcaption className="small quiet day-caption">
        {hovered ?? (
          <>
            <span className="day-key day-key-heat">Heat index</span>
            <span className="day-key day-key-temperature">Temperature</span>
            <span className="day-key day-key-forecast">Forecast, 90 %</span>
          </>
        )}
      </figcaption>
      <div ref={frame} className="day-frame" style={{ height: HEIGHT }} />
    </figure>
  );
}

function describe(columns: ChartColumns, index: number, timeZone: string): string {
  const [times, heat, temperature, , , forecastHeat, forecastTemperature, low, high] = columns;
  const at = formatDayClock((times[index] ?? 0) * 1000, timeZone);
  const show = (value: number | null | undefined): string => (value == null ? '–' : `${value.toFixed(1)}°`);
  const isPast = (temperature[index] ?? heat[index]) != null;
  if (isPast) return `${at}  heat index ${show(heat[index])}, air ${show(temperature[index])}`;
  const span = low[index] == null ? '' : ` (${show(low[index])} to ${show(high[index])})`;
  return `${at}  heat index ${show(forecastHeat[index])}, air ${show(forecastTemperature[index])}${span}`;
}
