/** Fewer would be a dot. */
const LEAST_POINTS = 6;

/** A line over the last five minutes, its highest point at the top. Decorative: the number stands beside it. */
export function Sparkline({ values, floor = 0 }: { readonly values: readonly number[]; readonly floor?: number }) {
  const width = 100;
  const height = 20;
  const top = Math.max(...values, floor);
  const slots = 300;
  const points = values.map((value, i) => {
    const x = width - ((values.length - 1 - i) / (slots - 1)) * width;
    const y = height - 1 - (top > 0 ? value / top : 0) * (height - 2);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length >= LEAST_POINTS && <path d={`M${points.join('L')}`} vectorEffect="non-scaling-stroke" />}
    </svg>
  );
}
