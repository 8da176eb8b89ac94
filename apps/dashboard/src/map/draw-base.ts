import type { Outlines } from './basemap.ts';
import type { MapColors } from './map-colors.ts';
import type { Size, View } from './view.ts';

/** What the background is made of, in world units. */
export interface BaseShapes {
  readonly sphere: Path2D;
  readonly outlines: Outlines | undefined;
  readonly night: readonly Path2D[];
}

/** Draws sea, land, borders and the shade of night. */
export function drawBase(
  context: CanvasRenderingContext2D,
  shapes: BaseShapes,
  view: View,
  size: Size,
  pixelRatio: number,
  colors: MapColors,
): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = colors.page;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  const scale = view.scale * pixelRatio;
  context.setTransform(
    scale,
    0,
    0,
    scale,
    (size.width / 2) * pixelRatio - view.centerX * scale,
    (size.height / 2) * pixelRatio - view.centerY * scale,
  );
  const hairline = 1 / view.scale;
  context.fillStyle = colors.sea;
  context.fill(shapes.sphere);
  if (shapes.outlines) {
    context.fillStyle = colors.land;
    context.fill(shapes.outlines.land);
    context.lineJoin = 'round';
    context.lineWidth = 0.75 * hairline;
    context.strokeStyle = colors.border;
    context.stroke(shapes.outlines.borders);
    context.strokeStyle = colors.coast;
    context.stroke(shapes.outlines.land);
  }
  context.fillStyle = colors.night;
  for (const shape of shapes.night) context.fill(shape);
}
