import type { CityPlace } from '../data/city-table.ts';

/**
 * Puts a marker on a city, or hides it. `data-x` and `data-y` hold the middle of the city's disc in CSS pixels of the viewport, for
 * whoever looks for its pixel.
 */
export function placeMarker(
  element: HTMLElement,
  at: readonly [x: number, y: number] | undefined,
  place: CityPlace | undefined,
  value: string,
): void {
  element.hidden = !at;
  if (!at || !place) return;
  const [x, y] = at;
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  element.dataset['x'] = x.toFixed(1);
  element.dataset['y'] = y.toFixed(1);
  element.dataset['cityId'] = place.cityId;
  element.dataset['side'] = x > window.innerWidth - 220 ? 'left' : 'right';
  write(element, 'name', place.name);
  write(element, 'value', value);
}

function write(element: HTMLElement, part: string, text: string): void {
  const target = element.querySelector(`[data-part=${part}]`);
  if (target && target.textContent !== text) target.textContent = text;
}
