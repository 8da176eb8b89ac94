import type { Comparison } from './compare-file.ts';

const WIDTH = 960;
const HEIGHT = 360;
const MARGIN = { top: 56, right: 24, bottom: 40, left: 52 };
/** More points than pixels help nobody. */
const MAX_POINTS = 1600;
const MINUTE_MS = 60_000;

/** A picture of one city's rolling heat index, from the platform and from the plain loop. Follows light and dark. */
export function curvesSvg({ curves, formula, largestDifference }: Comparison): string {
  const step = Math.max(1, Math.ceil(curves.minutes.length / MAX_POINTS));
  const kept = [...curves.minutes.keys()].filter((index) => index % step === 0);
  const values = kept
    .flatMap((index) => [curves.platform[index], curves.naive[index]])
    .filter((value) => value !== undefined);
  const scale = niceScale(Math.min(...values), Math.max(...values));
  const first = curves.minutes[0] ?? 0;
  const span = Math.max(1, (curves.minutes.at(-1) ?? 0) - first);
  const x = (minute: number) => MARGIN.left + ((minute - first) / span) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - ((value - scale.low) / (scale.high - scale.low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const path = (side: readonly (number | undefined)[]) => {
    let drawing = false;
    return kept
      .map((index) => {
        const value = side[index];
        const command = drawing ? 'L' : 'M';
        drawing = value !== undefined;
        return value === undefined ? '' : `${command}${x(curves.minutes[index]!).toFixed(1)} ${y(value).toFixed(1)}`;
      })
      .join('');
  };
  const rows = scale.ticks.map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text class="tick" x="${MARGIN.left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${tick}</text>`,
  );
  const dates = Array.from({ length: 7 }, (_, index) => first + (span * index) / 6).map((minute, index) => {
    const anchor = ['start', ...Array<string>(5).fill('middle'), 'end'][index];
    return `<text class="tick" x="${x(minute).toFixed(1)}" y="${HEIGHT - 14}" text-anchor="${anchor}">${new Date(minute * MINUTE_MS).toISOString().slice(0, 10)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Rolling heat index of ${escapeXml(curves.city)}">
<style>
  svg { background: #fff; font: 12px system-ui, sans-serif; fill: #1b1f24 }
  .title { font-size: 15px; font-weight: 600 } .tick { fill: #6a737d } .grid { stroke: #e6e8eb }
  .platform { stroke: #f2a65a; stroke-width: 5; stroke-opacity: .65 } .naive { stroke: #b3261e; stroke-width: 1.3 }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171b; fill: #e8eaed } .tick { fill: #9aa0a6 } .grid { stroke: #2a2f36 } .naive { stroke: #ff8a80 }
  }
</style>
<text class="title" x="${MARGIN.left}" y="24">${escapeXml(curves.city)}: heat index, mean of 24 hours (°C, ${formula})</text>
<line class="platform" x1="${MARGIN.left}" x2="${MARGIN.left + 22}" y1="40" y2="40"/><text x="${MARGIN.left + 28}" y="44">Isotherm</text>
<line class="naive" x1="${MARGIN.left + 100}" x2="${MARGIN.left + 122}" y1="40" y2="40"/><text x="${MARGIN.left + 128}" y="44">plain loop</text>
<text class="tick" x="${WIDTH - MARGIN.right}" y="44" text-anchor="end">largest difference ${largestDifference.toExponential(1)}</text>
${rows.join('\n')}
${dates.join('\n')}
<path class="platform" fill="none" stroke-linejoin="round" d="${path(curves.platform)}"/>
<path class="naive" fill="none" stroke-linejoin="round" d="${path(curves.naive)}"/>
</svg>
`;
}

function niceScale(low: number, high: number): { low: number; high: number; ticks: number[] } {
  const rough = Math.max(1e-6, high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const start = Math.floor(low / step) * step;
  const count = Math.max(1, Math.ceil((high - start) / step));
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((start + index * step).toPrecision(6)));
  return { low: start, high: start + count * step, ticks };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
