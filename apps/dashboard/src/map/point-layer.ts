import type { MapColors } from './map-colors.ts';
import type { Size, View } from './view.ts';

/** Set in a look's mark when the city's owner does not answer. */
export const MARK_OWNER_DOWN = 8;
/** Set in a look's mark when the city has no value. */
export const MARK_NO_VALUE = 16;

/** What a layer draws: columns by slot. */
export interface PointScene {
  readonly view: View;
  readonly size: Size;
  readonly pixelRatio: number;
  /** Cities to draw are those below this slot. */
  readonly count: number;
  /** Hundredths of °C, MISSING where unknown. */
  readonly values: Int16Array;
  /** Opacity, 0–255. */
  readonly opacities: Uint8Array;
  /** RiskLevel in the lower three bits, then MARK_ flags. */
  readonly marks: Uint8Array;
  readonly colors: MapColors;
  /** Drawn last, so that nothing covers it. */
  readonly selectedSlot: number | undefined;
}

/** Draws all cities at once. */
export interface PointLayer {
  readonly kind: 'webgl' | 'canvas';
  /** Takes places and populations; call it when they changed. */
  setPlaces(x: Float32Array, y: Float32Array, population: Float64Array, count: number): void;
  draw(scene: PointScene): void;
  dispose(): void;
}
