import { projectToWorld, WORLD_HALF_HEIGHT, WORLD_HALF_WIDTH } from './equal-earth.ts';

/** What part of the world is shown: the world point in the middle of the viewport, and CSS pixels per world unit. */
export interface View {
  readonly centerX: number;
  readonly centerY: number;
  readonly scale: number;
}

/** CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels at each edge that panels cover. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Closest look, relative to the smallest scale. */
const MAX_ZOOM = 90;

/** A narrow view starts no closer to the edge of the world than this, in degrees east: beyond lies only ocean. */
const HOME_WEST = -95;
const HOME_EAST = 105;

/** North and south ends of the inhabited world, which is what must fit. */
const NORTH = projectToWorld(0, 76)[1];
const SOUTH = projectToWorld(0, -57)[1];

/** The smallest scale: the whole width of the world on a wide screen, its inhabited height over half of a tall one. */
export function minScale(size: Size): number {
  const byWidth = size.width / (2 * WORLD_HALF_WIDTH);
  const byHeight = (size.height * 0.52) / (SOUTH - NORTH);
  return Math.max(byWidth, byHeight, 1e-6);
}

/** The view at the start: everything, the open space between the panels centred on `longitude`. */
export function homeView(size: Size, insets: Insets, longitude: number): View {
  const scale = minScale(size);
  const wide = size.width >= 2 * WORLD_HALF_WIDTH * scale - 1;
  const [x] = projectToWorld(wide ? 0 : Math.min(HOME_EAST, Math.max(HOME_WEST, longitude)), 20);
  const view = {
    centerX: x + ((insets.right - insets.left) / 2 / scale) * (wide ? 0.72 : 1),
    centerY: (NORTH + SOUTH) / 2 + (insets.bottom - insets.top) / 2 / scale,
    scale,
  };
  return clampView(view, size);
}

/** The nearest view that does not leave the world. */
export function clampView(view: View, size: Size): View {
  const smallest = minScale(size);
  const scale = Math.min(smallest * MAX_ZOOM, Math.max(smallest, view.scale));
  return {
    centerX: Math.min(WORLD_HALF_WIDTH, Math.max(-WORLD_HALF_WIDTH, view.centerX)),
    centerY: Math.min(WORLD_HALF_HEIGHT, Math.max(-WORLD_HALF_HEIGHT, view.centerY)),
    scale,
  };
}

/** The view after dragging by CSS pixels. */
export function panView(view: View, size: Size, deltaX: number, deltaY: number): View {
  return clampView(
    { ...view, centerX: view.centerX - deltaX / view.scale, centerY: view.centerY - deltaY / view.scale },
    size,
  );
}

/** The view after magnifying by `factor` about a point of the viewport, which keeps its place. */
export function zoomView(view: View, size: Size, factor: number, atX: number, atY: number): View {
  const smallest = minScale(size);
  const scale = Math.min(smallest * MAX_ZOOM, Math.max(smallest, view.scale * factor));
  const [worldX, worldY] = screenToWorld(view, size, atX, atY);
  return clampView(
    {
      centerX: worldX - (atX - size.width / 2) / scale,
      centerY: worldY - (atY - size.height / 2) / scale,
      scale,
    },
    size,
  );
}

/** Viewport position in CSS pixels of a world point. */
export function worldToScreen(view: View, size: Size, worldX: number, worldY: number): [x: number, y: number] {
  return [
    (worldX - view.centerX) * view.scale + size.width / 2,
    (worldY - view.centerY) * view.scale + size.height / 2,
  ];
}

/** World point at a viewport position in CSS pixels. */
export function screenToWorld(view: View, size: Size, x: number, y: number): [worldX: number, worldY: number] {
  return [view.centerX + (x - size.width / 2) / view.scale, view.centerY + (y - size.height / 2) / view.scale];
}
