import { type CityTable, MISSING } from '../data/city-table.ts';
import type { MapColors } from './map-colors.ts';
import { type LabelCandidate, placeLabels } from './place-labels.ts';
import { pointRadius, populationWeight } from './point-size.ts';
import { minScale, type Size, type View, worldToScreen } from './view.ts';

/** What decides which cities are named. */
export interface LabelLook {
  readonly values: Int16Array;
  /** Named by its marker already. */
  readonly selectedSlot: number | undefined;
}

/** Writes the names of the largest cities in view, once the map is close enough for them to help. */
export interface LabelLayer {
  draw(view: View, size: Size, pixelRatio: number, look: LabelLook, colors: MapColors): void;
}

/** Magnification from which names appear. */
const FROM_ZOOM = 2.4;
/** One label for so many square pixels at most: a map, not a gazetteer. */
const AREA_PER_LABEL = 34_000;
const HALO = 3;
/** Room kept for the marker of the selected city. */
const SELECTED_WIDTH = 130;

/** Creates the layer; undefined where there is no canvas. */
export function createLabelLayer(canvas: HTMLCanvasElement, table: CityTable): LabelLayer | undefined {
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  const widths = new Map<string, number>();
  let order: Uint32Array = new Uint32Array(0);
  let version = -1;
  let blank = true;

  const sort = (): void => {
    if (version === table.placesVersion) return;
    version = table.placesVersion;
    const { population } = table.columns;
    order = Uint32Array.from({ length: table.size }, (_, slot) => slot);
    order.sort((one, other) => (population[other] ?? 0) - (population[one] ?? 0));
  };
  const widthOf = (name: string): number => {
    let width = widths.get(name);
    if (width === undefined) {
      width = context.measureText(name).width;
      widths.set(name, width);
    }
    return width;
  };

  function* visible(view: View, size: Size, { values, selectedSlot }: LabelLook): Generator<LabelCandidate> {
    const { x: xs, y: ys, population } = table.columns;
    // The selected city is named by its marker, which comes first.
    const first = selectedSlot === undefined ? [] : [selectedSlot];
    for (const slot of [first, order].flatMap((slots) => [...slots])) {
      const [x, y] = worldToScreen(view, size, xs[slot] ?? Number.NaN, ys[slot] ?? Number.NaN);
      if (!(x > 0 && y > 0 && x < size.width && y < size.height) || (values[slot] ?? MISSING) === MISSING) continue;
      const radius = pointRadius(populationWeight(population[slot] ?? 0), view.scale);
      const width = slot === selectedSlot ? SELECTED_WIDTH : widthOf(table.place(slot)?.name ?? '');
      yield { slot, x, y, radius, width };
    }
  }

  return {
    draw(view, size, pixelRatio, look, colors) {
      const close = view.scale >= minScale(size) * FROM_ZOOM;
      // A hidden canvas costs the compositor nothing.
      canvas.hidden = !close;
      if (blank && !close) return;
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      blank = !close;
      if (!close) return;
      sort();
      context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
      context.textBaseline = 'middle';
      context.lineJoin = 'round';
      context.lineWidth = HALO;
      context.strokeStyle = colors.land;
      context.fillStyle = colors.label;
      const limit = Math.round((size.width * size.height) / AREA_PER_LABEL);
      for (const { slot, x, y } of placeLabels(visible(view, size, look), limit)) {
        if (slot === look.selectedSlot) continue;
        const name = table.place(slot)?.name ?? '';
        context.strokeText(name, x, y);
        context.fillText(name, x, y);
      }
    },
  };
}
