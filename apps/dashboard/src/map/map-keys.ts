import type { MapCamera } from './map-camera.ts';

/** CSS pixels that an arrow key moves the map. */
const PAN_STEP = 90;
const ZOOM_STEP = 1.6;

/** What a key does while the map has focus; undefined for keys that are not its own. `open` opens the city in the middle. */
export function mapKeyAction(
  key: string,
  map: MapCamera,
  open: () => void,
  animate: boolean,
): (() => void) | undefined {
  switch (key) {
    case 'ArrowLeft':
      return () => map.pan(PAN_STEP, 0);
    case 'ArrowRight':
      return () => map.pan(-PAN_STEP, 0);
    case 'ArrowUp':
      return () => map.pan(0, PAN_STEP);
    case 'ArrowDown':
      return () => map.pan(0, -PAN_STEP);
    case '+':
    case '=':
      return () => map.zoomCentre(ZOOM_STEP);
    case '-':
      return () => map.zoomCentre(1 / ZOOM_STEP);
    case '0':
      return () => map.home(animate);
    case 'Enter':
      return open;
    default:
      return undefined;
  }
}
