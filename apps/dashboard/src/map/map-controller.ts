import { createObservable, type Observable } from '../data/observable.ts';
import { loadOutlines, type Outlines, worldOutline } from './basemap.ts';
import { createCanvasPoints } from './canvas-points.ts';
import { drawBase } from './draw-base.ts';
import { createLabelLayer, type LabelLayer } from './label-layer.ts';
import { type MapColors, readMapColors } from './map-colors.ts';
import type { MapScene } from './map-scene.ts';
import { createNightCache } from './night-cache.ts';
import type { PointLayer } from './point-layer.ts';
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
import { createWebglPoints } from './webgl-points.ts';

/** The elements a map draws on. */
export interface MapElements {
  readonly root: HTMLElement;
  readonly base: HTMLCanvasElement;
  readonly points: HTMLCanvasElement;
  readonly labels: HTMLCanvasElement;
}

/** Options of a map. */
export interface MapControllerOptions {
  readonly elements: MapElements;
  readonly scene: MapScene;
  /** Degrees east that a narrow map is centred on at the start. */
  readonly homeLongitude: number;
  /** Draw on a 2D canvas even where WebGL 2 is available. */
  readonly withoutWebgl: boolean;
  readonly signal: AbortSignal;
}

/** Magnification from which the finer outlines are worth loading. */
const FINE_ZOOM = 3;
const FLIGHT_MS = 520;
const MAX_PIXEL_RATIO = 2;

/** Draws the map when something changed, never otherwise, and moves the view. */
export class MapController {
  readonly view: Observable<View>;
  readonly size: Observable<Size>;
  readonly #options: MapControllerOptions;
  #points: HTMLCanvasElement;
  #layer: PointLayer | undefined;
  readonly #labels: LabelLayer | undefined;
  readonly #sphere = worldOutline();
  readonly #night = createNightCache();
  #outlines: Outlines | undefined;
  #fine: 'no' | 'loading' | 'yes' = 'no';
  #colors: MapColors;
  #insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  #frame = 0;
  #flight = 0;
  #baseDirty = true;
  #untouched = true;
  #placesVersion = -1;

  constructor(options: MapControllerOptions) {
    const { elements, signal } = options;
    this.#options = options;
    this.#points = elements.points;
    this.#labels = createLabelLayer(elements.labels, options.scene.table);
    this.#colors = readMapColors(elements.root);
    this.size = createObservable<Size>({ width: elements.root.clientWidth, height: elements.root.clientHeight });
    this.view = createObservable(homeView(this.size.get(), this.#insets, options.homeLongitude));
    this.#resize();
    // Making a WebGL context takes its time: sea and panels are painted before it.
    requestAnimationFrame(() => setTimeout(() => this.#startLayer()));
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(elements.root);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      cancelAnimationFrame(this.#frame);
      cancelAnimationFrame(this.#flight);
      this.#layer?.dispose();
    });
    loadOutlines('coarse', signal)
      .then((outlines) => {
        this.#outlines ??= outlines;
        this.invalidateBase();
      })
      .catch(() => undefined);
  }

  /** Asks for a frame: values, opacities or the selection changed. */
  invalidate(): void {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Asks for a frame with a new background: the view, the time of day or the theme changed. */
  invalidateBase(): void {
    this.#baseDirty = true;
    this.invalidate();
  }

  /** Reads the theme's colours again. */
  refreshColors(): void {
    this.#colors = readMapColors(this.#options.elements.root);
    this.invalidateBase();
  }

  /** Says which edges panels cover. Before the first gesture the home view adapts. */
  setInsets(insets: Insets): void {
    this.#insets = insets;
    if (this.#untouched) this.#show(homeView(this.size.get(), insets, this.#options.homeLongitude));
  }

  pan(deltaX: number, deltaY: number): void {
    this.#touch();
    this.#show(panView(this.view.get(), this.size.get(), deltaX, deltaY));
  }

  zoom(factor: number, atX: number, atY: number): void {
    this.#touch();
    this.#show(zoomView(this.view.get(), this.size.get(), factor, atX, atY));
  }

  /** Magnifies about the middle of the open space. */
  zoomCentre(factor: number): void {
    const [x, y] = this.openCentre();
    this.zoom(factor, x, y);
  }

  /** Back to the whole world. */
  home(animate: boolean): void {
    this.#fly(homeView(this.size.get(), this.#insets, this.#options.homeLongitude), animate);
    this.#untouched = true;
  }

  /** Middle of the space that no panel covers, in CSS pixels. */
  openCentre(): [x: number, y: number] {
    const { width, height } = this.size.get();
    const { left, right, top, bottom } = this.#insets;
    return [left + (width - left - right) / 2, top + (height - top - bottom) / 2];
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

  /** Whether a world point lies in the open space. */
  isOpen(worldX: number, worldY: number): boolean {
    const size = this.size.get();
    const [x, y] = worldToScreen(this.view.get(), size, worldX, worldY);
    const { left, right, top, bottom } = this.#insets;
    return x > left + 8 && x < size.width - right - 8 && y > top + 8 && y < size.height - bottom - 8;
  }

  #touch(): void {
    this.#untouched = false;
    cancelAnimationFrame(this.#flight);
  }

  #show(view: View): void {
    this.view.set(view);
    this.invalidateBase();
  }

  #fly(to: View, animate: boolean): void {
    cancelAnimationFrame(this.#flight);
    const from = this.view.get();
    if (!animate) {
      this.#show(to);
      return;
    }
    const start = performance.now();
    const step = (at: number): void => {
      const t = Math.min(1, Math.max(0, (at - start) / FLIGHT_MS));
      const eased = 1 - (1 - t) ** 3;
      const scale = from.scale * (to.scale / from.scale) ** eased;
      // Moving in step with the magnification keeps the target from swinging past.
      const share = to.scale === from.scale ? eased : (1 - from.scale / scale) / (1 - from.scale / to.scale);
      this.#show({
        centerX: from.centerX + (to.centerX - from.centerX) * share,
        centerY: from.centerY + (to.centerY - from.centerY) * share,
        scale,
      });
      if (t < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  #resize(): void {
    const { root, base, labels } = this.#options.elements;
    const size = { width: root.clientWidth, height: root.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    const ratio = pixelRatio();
    for (const canvas of [base, this.#points, labels]) {
      canvas.width = Math.round(size.width * ratio);
      canvas.height = Math.round(size.height * ratio);
    }
    this.size.set(size);
    const home = homeView(size, this.#insets, this.#options.homeLongitude);
    this.view.set(this.#untouched ? home : clampView(this.view.get(), size));
    this.#baseDirty = true;
    // A resized canvas is blank until drawn: draw now rather than flicker.
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #draw(): void {
    this.#frame = 0;
    const { elements, scene } = this.#options;
    const view = this.view.get();
    const size = this.size.get();
    if (this.#baseDirty) {
      this.#baseDirty = false;
      const context = elements.base.getContext('2d');
      if (context) {
        const shapes = { sphere: this.#sphere, outlines: this.#outlines, night: this.#night.shapes(scene.timeMs()) };
        drawBase(context, shapes, view, size, pixelRatio(), this.#colors);
      }
      if (this.#fine === 'no' && view.scale > minScale(size) * FINE_ZOOM) this.#loadFine();
    }
    if (!this.#layer) return;
    const { x, y, population } = scene.table.columns;
    if (this.#placesVersion !== scene.table.placesVersion) {
      this.#placesVersion = scene.table.placesVersion;
      this.#layer.setPlaces(x, y, population, scene.table.size);
    }
    const look = scene.look();
    this.#layer.draw({ view, size, pixelRatio: pixelRatio(), count: scene.table.size, colors: this.#colors, ...look });
    this.#labels?.draw(view, size, pixelRatio(), look, this.#colors);
  }

  #startLayer(): void {
    const { signal, withoutWebgl } = this.#options;
    if (signal.aborted) return;
    this.#adoptLayer((withoutWebgl ? undefined : createWebglPoints(this.#points)) ?? createCanvasPoints(this.#points));
    this.#points.addEventListener('webglcontextlost', () => this.#fallBack(), { signal, once: true });
  }

  /** A canvas that lost its WebGL context cannot draw in another way: a new one takes its place. */
  #fallBack(): void {
    const canvas = document.createElement('canvas');
    canvas.className = this.#points.className;
    canvas.width = this.#points.width;
    canvas.height = this.#points.height;
    this.#points.replaceWith(canvas);
    this.#points = canvas;
    this.#adoptLayer(createCanvasPoints(canvas));
  }

  #adoptLayer(layer: PointLayer | undefined): void {
    this.#layer = layer;
    this.#placesVersion = -1;
    this.#options.elements.root.dataset['renderer'] = layer?.kind ?? 'none';
    this.invalidate();
  }

  #loadFine(): void {
    this.#fine = 'loading';
    loadOutlines('fine', this.#options.signal)
      .then((outlines) => {
        this.#fine = 'yes';
        this.#outlines = outlines;
        this.invalidateBase();
      })
      .catch(() => {
        this.#fine = 'no';
      });
  }
}

function pixelRatio(): number {
  return Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio || 1);
}
