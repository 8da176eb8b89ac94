import { createObservable, type Observable } from '../data/observable.ts';
import {
  clampView,
  homeView,
  type Insets,
  minScale,
  panView,
  type Size,
  type View,
  worldToScreen,
  zoomView,
} from './view.ts';

const FLIGHT_MS = 520;

/** Where the map looks, and how it gets elsewhere. Draws nothing. */
export class MapCamera {
  readonly view: Observable<View>;
  /** CSS pixels of the viewport. */
  readonly size: Observable<Size>;
  readonly #homeLongitude: number;
  #insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  #flight = 0;
  #untouched = true;

  /** @param homeLongitude Degrees east that a narrow map is centred on at the start. */
  constructor(size: Size, homeLongitude: number) {
    this.#homeLongitude = homeLongitude;
    this.size = createObservable(size);
    this.view = createObservable(homeView(size, this.#insets, homeLongitude));
  }

  resize(size: Size): void {
    this.size.set(size);
    this.view.set(this.#untouched ? this.#home() : clampView(this.view.get(), size));
  }

  /** Says which edges panels cover. Before the first gesture the home view adapts. */
  setInsets(insets: Insets): void {
    this.#insets = insets;
    if (this.#untouched) this.view.set(this.#home());
  }

  pan(deltaX: number, deltaY: number): void {
    this.#touch();
    this.view.set(panView(this.view.get(), this.size.get(), deltaX, deltaY));
  }

  zoom(factor: number, atX: number, atY: number): void {
    this.#touch();
    this.view.set(zoomView(this.view.get(), this.size.get(), factor, atX, atY));
  }

  /** Magnifies about the middle of the open space. */
  zoomCentre(factor: number): void {
    const [x, y] = this.openCentre();
    this.zoom(factor, x, y);
  }

  /** Back to the whole world. */
  home(animate: boolean): void {
    this.#fly(this.#home(), animate);
    this.#untouched = true;
  }

  /** Brings a world point to the middle of the open space, at least as close as `zoom`. */
  flyTo(worldX: number, worldY: number, zoom: number, animate: boolean): void {
    this.#touch();
    const size = this.size.get();
    const scale = Math.max(this.view.get().scale, minScale(size) * zoom);
    const [x, y] = this.openCentre();
    const target = {
      centerX: worldX - (x - size.width / 2) / scale,
      centerY: worldY - (y - size.height / 2) / scale,
      scale,
    };
    this.#fly(clampView(target, size), animate);
  }

  /** Middle of the space that no panel covers, in CSS pixels. */
  openCentre(): [x: number, y: number] {
    const { width, height } = this.size.get();
    const { left, right, top, bottom } = this.#insets;
    return [left + (width - left - right) / 2, top + (height - top - bottom) / 2];
  }

  /** Whether a world point lies in the open space. */
  isOpen(worldX: number, worldY: number): boolean {
    const size = this.size.get();
    const [x, y] = worldToScreen(this.view.get(), size, worldX, worldY);
    const { left, right, top, bottom } = this.#insets;
    return x > left + 8 && x < size.width - right - 8 && y > top + 8 && y < size.height - bottom - 8;
  }

  /** Ends a flight. */
  close(): void {
    cancelAnimationFrame(this.#flight);
  }

  #home(): View {
    return homeView(this.size.get(), this.#insets, this.#homeLongitude);
  }

  #touch(): void {
    this.#untouched = false;
    cancelAnimationFrame(this.#flight);
  }

  #fly(to: View, animate: boolean): void {
    cancelAnimationFrame(this.#flight);
    if (!animate) {
      this.view.set(to);
      return;
    }
    const from = this.view.get();
    const start = performance.now();
    const step = (at: number): void => {
      const t = Math.min(1, Math.max(0, (at - start) / FLIGHT_MS));
      this.view.set(between(from, to, 1 - (1 - t) ** 3));
      if (t < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }
}

/** A view on the way between two: moving in step with the magnification keeps the target from swinging past. */
function between(from: View, to: View, share: number): View {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const moved = to.scale === from.scale ? share : (1 - from.scale / scale) / (1 - from.scale / to.scale);
  return {
    centerX: from.centerX + (to.centerX - from.centerX) * moved,
    centerY: from.centerY + (to.centerY - from.centerY) * moved,
    scale,
  };
}
