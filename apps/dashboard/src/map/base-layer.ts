import type { MapColors } from './map-colors.ts';
import type { OutlinePart, Outlines } from './outlines.ts';
import { type Size, screenToWorld, type View, worldToScreen } from './view.ts';

/** What the background is made of, in world units. */
export interface BaseShapes {
  readonly sphere: Path2D;
  readonly outlines: Outlines | undefined;
  readonly night: readonly Path2D[];
}

/** How the background is to be drawn. */
export interface BaseScene {
  readonly shapes: BaseShapes;
  readonly view: View;
  readonly size: Size;
  readonly pixelRatio: number;
  readonly colors: MapColors;
}

/**
 * Sea, land, borders and the shade of night, on a canvas that is larger than the viewport. While the view moves, the finished picture
 * is moved and stretched by the compositor; it is drawn anew when the movement rests, or when its margin is used up.
 */
export interface BaseLayer {
  /** Draws anew. */
  paint(scene: BaseScene): void;
  /** Moves the picture painted last to a view; returns false if it does not cover the viewport there. */
  follow(view: View, size: Size): boolean;
}

/** Part of the viewport's width and height that is painted beyond each edge. */
const MARGIN = 0.3;

/** Creates the layer. */
export function createBaseLayer(canvas: HTMLCanvasElement): BaseLayer {
  const context = canvas.getContext('2d', { alpha: false });
  let painted: { view: View; size: Size; marginX: number; marginY: number } | undefined;
  canvas.style.transformOrigin = '0 0';

  return {
    paint({ shapes, view, size, pixelRatio, colors }) {
      if (!context) return;
      const marginX = Math.round(size.width * MARGIN);
      const marginY = Math.round(size.height * MARGIN);
      painted = { view, size, marginX, marginY };
      resize(canvas, size.width + 2 * marginX, size.height + 2 * marginY, pixelRatio);
      canvas.style.transform = `translate(${-marginX}px, ${-marginY}px)`;

      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = colors.page;
      context.fillRect(0, 0, canvas.width, canvas.height);
      const scale = view.scale * pixelRatio;
      context.setTransform(
        scale,
        0,
        0,
        scale,
        canvas.width / 2 - view.centerX * scale,
        canvas.height / 2 - view.centerY * scale,
      );
      context.fillStyle = colors.sea;
      context.fill(shapes.sphere);
      const [left, top] = screenToWorld(view, size, -marginX, -marginY);
      const [right, bottom] = screenToWorld(view, size, size.width + marginX, size.height + marginY);
      const visible = (part: OutlinePart): boolean =>
        part.left < right && part.right > left && part.top < bottom && part.bottom > top;
      context.lineJoin = 'round';
      context.lineWidth = 0.75 / view.scale;
      const land = shapes.outlines?.land.filter(visible) ?? [];
      context.fillStyle = colors.land;
      for (const { path } of land) context.fill(path);
      context.strokeStyle = colors.border;
      for (const { path } of shapes.outlines?.borders.filter(visible) ?? []) context.stroke(path);
      context.strokeStyle = colors.coast;
      for (const { path } of land) context.stroke(path);
      context.fillStyle = colors.night;
      for (const shape of shapes.night) context.fill(shape);
    },
    follow(view, size) {
      if (!painted || painted.size !== size) return false;
      const { marginX, marginY } = painted;
      const stretch = view.scale / painted.view.scale;
      const [cornerX, cornerY] = screenToWorld(painted.view, size, -marginX, -marginY);
      const [x, y] = worldToScreen(view, size, cornerX, cornerY);
      canvas.style.transform = `translate(${x}px, ${y}px) scale(${stretch})`;
      const width = (size.width + 2 * marginX) * stretch;
      const height = (size.height + 2 * marginY) * stretch;
      return x <= 0 && y <= 0 && x + width >= size.width && y + height >= size.height;
    },
  };
}

function resize(canvas: HTMLCanvasElement, width: number, height: number, pixelRatio: number): void {
  const [pixelsX, pixelsY] = [Math.round(width * pixelRatio), Math.round(height * pixelRatio)];
  if (canvas.width === pixelsX && canvas.height === pixelsY) return;
  canvas.width = pixelsX;
  canvas.height = pixelsY;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
