import type uPlot from 'uplot';
import { formatSigned } from '../format/temperature.ts';
import { formatClock } from '../format/time.ts';
import { solarElevation } from '../map/sun.ts';
import type { TemperatureUnit } from '../settings/settings.ts';
import type { ChartColumns } from './chart-data.ts';

/** Colours of a chart. */
export interface ChartColors {
  readonly heat: string;
  readonly temperature: string;
  readonly band: string;
  readonly night: string;
  readonly line: string;
  readonly text: string;
  readonly accent: string;
}

/** What a chart needs to draw itself. */
export interface ChartSetup {
  readonly width: number;
  readonly height: number;
  readonly unit: TemperatureUnit;
  readonly timeZone: string;
  readonly colors: ChartColors;
  /** Where the city lies, to shade its nights. */
  readonly sun: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly nowMs: () => number;
  readonly lookedAtMs: () => number | undefined;
  readonly onCursor: (index: number | undefined, columns: ChartColumns) => void;
}

const NIGHT_STEP_SECONDS = 600;
const DAY_SECONDS = 86_400;

/** Reads the theme's colours for a chart inside `element`. */
export function readChartColors(element: HTMLElement): ChartColors {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const resolve = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    heat: resolve('--chart-heat'),
    temperature: resolve('--chart-temperature'),
    band: resolve('--chart-band'),
    night: resolve('--chart-night'),
    line: resolve('--line'),
    text: resolve('--text-quiet'),
    accent: resolve('--accent'),
  };
  probe.remove();
  return colors;
}

/** Options of the day's chart. */
export function chartOptions(setup: ChartSetup): uPlot.Options {
  const { colors } = setup;
  const font = `12px ${getComputedStyle(document.documentElement).fontFamily}`;
  const axis = { stroke: colors.text, font, ticks: { show: false } };
  const dash = [4, 4];
  return {
    width: setup.width,
    height: setup.height,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7, width: 2, fill: (u, i) => strokeOf(u, i), stroke: (u, i) => strokeOf(u, i) },
    },
    scales: {
      x: { range: () => window24(setup.nowMs()) },
      y: { range: (_u, min, max) => padded(min, max) },
    },
    axes: [
      {
        ...axis,
        size: 20,
        gap: 4,
        space: 56,
        grid: { show: false },
        incrs: [6 * 3600, 12 * 3600],
        splits: (u) => hourSplits(u, setup.timeZone),
        values: (_u, splits) => splits.map((seconds) => formatClock(seconds * 1000, setup.timeZone)),
      },
      {
        ...axis,
        size: 34,
        gap: 4,
        space: 34,
        grid: { stroke: colors.line, width: 1 },
        values: (_u, splits) => splits.map((value) => `${formatSigned(value, 0)}°`),
      },
    ],
    series: [
      {},
      { stroke: colors.heat, width: 2, points: { show: false } },
      { stroke: colors.temperature, width: 1.25, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: colors.heat, width: 1.5, dash, points: { show: false } },
      { stroke: colors.temperature, width: 1.25, dash, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
    ],
    bands: [
      { series: [4, 3], fill: colors.band },
      { series: [8, 7], fill: colors.band },
    ],
    hooks: {
      drawClear: [(u) => shadeNights(u, setup)],
      draw: [(u) => drawTimes(u, setup)],
      setCursor: [
        (u) =>
          setup.onCursor(
            u.cursor.idx == null || (u.cursor.left ?? -1) < 0 ? undefined : u.cursor.idx,
            u.data as unknown as ChartColumns,
          ),
      ],
    },
  };
}

function strokeOf(u: uPlot, seriesIndex: number): string {
  const stroke = u.series[seriesIndex]?.stroke;
  return typeof stroke === 'string' ? stroke : 'transparent';
}

function window24(nowMs: number): [number, number] {
  const now = nowMs / 1000;
  return [now - DAY_SECONDS, now + DAY_SECONDS];
}

function padded(min: number, max: number): [number, number] {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const margin = Math.max(1, (max - min) * 0.08);
  return [min - margin, max + margin];
}

/** Local midnights, mornings, noons and evenings. */
function hourSplits(u: uPlot, timeZone: string): number[] {
  const { min = 0, max = 0 } = u.scales['x'] ?? {};
  const splits: number[] = [];
  for (let seconds = Math.ceil(min / 900) * 900; seconds <= max; seconds += 900) {
    const [hour, minute] = formatClock(seconds * 1000, timeZone)
      .split(':')
      .map(Number);
    if (minute === 0 && (hour ?? 1) % 12 === 0) splits.push(seconds);
  }
  return splits;
}

function shadeNights(u: uPlot, { sun, colors }: ChartSetup): void {
  const { min, max } = u.scales['x'] ?? {};
  if (!sun || min == null || max == null) return;
  u.ctx.fillStyle = colors.night;
  let from: number | undefined;
  for (let at = min; at <= max + NIGHT_STEP_SECONDS; at += NIGHT_STEP_SECONDS) {
    const dark = at <= max && solarElevation(at * 1000, sun.longitude, sun.latitude) < -0.83;
    if (dark) from ??= at;
    if (dark || from === undefined) continue;
    const left = u.valToPos(Math.max(min, from), 'x', true);
    const right = u.valToPos(Math.min(max, at), 'x', true);
    u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    from = undefined;
  }
}

function drawTimes(u: uPlot, { nowMs, lookedAtMs, colors }: ChartSetup): void {
  const line = (ms: number, color: string): void => {
    const x = Math.round(u.valToPos(ms / 1000, 'x', true));
    u.ctx.fillStyle = color;
    u.ctx.fillRect(x, u.bbox.top, Math.max(1, uPlotRatio()), u.bbox.height);
  };
  line(nowMs(), colors.text);
  const lookedAt = lookedAtMs();
  if (lookedAt !== undefined) line(lookedAt, colors.accent);
}

function uPlotRatio(): number {
  return Math.round(window.devicePixelRatio || 1);
}
