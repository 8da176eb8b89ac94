import { type RefObject, useEffect } from 'react';
import type { MapCamera } from '../map/map-camera.ts';

/** Tells the map which edges the panels cover, whenever they change. */
export function useInsets(app: RefObject<HTMLElement | null>, map: MapCamera | undefined): void {
  useEffect(() => {
    const root = app.current;
    if (!root || !map) return;
    const measure = (): void => {
      const box = (selector: string): DOMRect | undefined => {
        const element = root.querySelector(selector);
        const rect = element?.getBoundingClientRect();
        return rect && rect.width > 0 ? rect : undefined;
      };
      const { innerWidth: width, innerHeight: height } = window;
      const top = box('.top');
      const bottom = box('.bottom');
      const dock = box('.dock-part[data-part=hottest]');
      const city = box('.city');
      const wide = width > 760;
      const sheet = [city, dock].filter((rect) => rect !== undefined).map((rect) => height - rect.top);
      map.setInsets({
        top: wide ? 0 : (top?.bottom ?? 0),
        right: wide && dock ? width - dock.left : 0,
        bottom: Math.max(bottom ? height - bottom.top : 0, ...(wide ? [] : sheet)),
        left: wide && city ? city.right : 0,
      });
    };
    measure();
    const resize = new ResizeObserver(measure);
    resize.observe(root);
    const change = new MutationObserver(measure);
    change.observe(root, { childList: true, subtree: false, attributes: true, attributeFilter: ['data-panel'] });
    const dock = root.querySelector('.dock');
    if (dock) change.observe(dock, { attributes: true });
    return () => {
      resize.disconnect();
      change.disconnect();
    };
  }, [app, map]);
}
