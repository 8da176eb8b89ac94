/** Colours the canvases draw with, read from the theme's tokens. */
export interface MapColors {
  readonly page: string;
  readonly sea: string;
  readonly land: string;
  readonly border: string;
  readonly coast: string;
  readonly night: string;
  readonly label: string;
  /** Rings around cities at risk, RGB 0–1. */
  readonly mark: readonly [number, number, number];
  /** Cities without a value or without an owner, RGB 0–1. */
  readonly absent: readonly [number, number, number];
  /** How much the edge of a disc is darkened, 0–1: pale colours need it on a light map. */
  readonly rim: number;
}

/** Reads the colours that hold for `element` now. */
export function readMapColors(element: Element): MapColors {
  const style = getComputedStyle(element);
  // Custom properties keep light-dark() unresolved; a real property resolves it.
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const resolve = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color || style.color;
  };
  const mark = toUnit(resolve('--mark'));
  const colors: MapColors = {
    page: resolve('--page'),
    sea: resolve('--sea'),
    land: resolve('--land'),
    border: resolve('--border-line'),
    coast: resolve('--coast'),
    night: resolve('--night'),
    label: resolve('--label'),
    mark,
    absent: toUnit(resolve('--absent')),
    rim: mark[0] < 0.5 ? 0.3 : 0,
  };
  probe.remove();
  return colors;
}

function toUnit(css: string): [number, number, number] {
  const [red = 128, green = 128, blue = 128] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return [red / 255, green / 255, blue / 255];
}
