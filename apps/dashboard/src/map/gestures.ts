import type { MapCamera } from './map-camera.ts';

/** What a pointer does on the map, besides moving it. */
export interface GestureHandlers {
  readonly onHover: (x: number, y: number) => void;
  readonly onLeave: () => void;
  readonly onClick: (x: number, y: number, touch: boolean) => void;
}

/** Movement in CSS pixels below which a press counts as a click. */
const CLICK_SLOP = 5;

/** Drags, wheels and pinches move the map. */
export function attachGestures(
  element: HTMLElement,
  map: MapCamera,
  handlers: GestureHandlers,
  signal: AbortSignal,
): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let spread = 0;

  // The map fills the viewport: its pixels are the client's, and no layout need be asked.
  const local = (event: MouseEvent): { x: number; y: number } => ({ x: event.clientX, y: event.clientY });

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, local(event));
    if (pointers.size === 1) travelled = 0;
    spread = spreadOf(pointers);
  };

  const move = (event: PointerEvent): void => {
    const at = local(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') handlers.onHover(at.x, at.y);
      return;
    }
    const deltaX = at.x - before.x;
    const deltaY = at.y - before.y;
    travelled += Math.abs(deltaX) + Math.abs(deltaY);
    pointers.set(event.pointerId, at);
    if (travelled < CLICK_SLOP) return;
    element.dataset['dragging'] = '';
    handlers.onLeave();
    map.pan(deltaX / pointers.size, deltaY / pointers.size);
    if (pointers.size < 2) return;
    const now = spreadOf(pointers);
    const middle = middleOf(pointers);
    if (spread > 0) map.zoom(now / spread, middle.x, middle.y);
    spread = now;
  };

  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    spread = spreadOf(pointers);
    if (pointers.size > 0) return;
    delete element.dataset['dragging'];
    if (event.type === 'pointerup' && travelled < CLICK_SLOP) {
      const at = local(event);
      handlers.onClick(at.x, at.y, event.pointerType !== 'mouse');
    }
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const at = local(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    map.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0022)), at.x, at.y);
  };

  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  element.addEventListener('pointerleave', handlers.onLeave, { signal });
  element.addEventListener('wheel', wheel, { signal, passive: false });
  element.addEventListener('dblclick', ({ clientX, clientY }) => map.zoom(2, clientX, clientY), { signal });
}

function spreadOf(pointers: ReadonlyMap<number, { x: number; y: number }>): number {
  const [one, other] = [...pointers.values()];
  return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
}

function middleOf(pointers: ReadonlyMap<number, { x: number; y: number }>): { x: number; y: number } {
  const all = [...pointers.values()];
  return {
    x: all.reduce((sum, { x }) => sum + x, 0) / all.length,
    y: all.reduce((sum, { y }) => sum + y, 0) / all.length,
  };
}
