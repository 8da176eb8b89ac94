import { type BaseLayer, createBaseLayer } from './base-layer.ts';
import { createCanvasPoints } from './canvas-points.ts';
import { createLabelLayer, type LabelLayer } from './label-layer.ts';
import type { MapCamera } from './map-camera.ts';
import { type MapColors, readMapColors } from './map-colors.ts';
import type { MapScene } from './map-scene.ts';
import { createNightCache } from './night.ts';
import { loadOutlines, type Outlines, toPath } from './outlines.ts';
import type { PointLayer } from './point-layer.ts';
import { minScale } from './view.ts';
import { createWebglPoints } from './webgl-points.ts';

/** The elements a map draws on. */
export interface MapElements {
  readonly root: HTMLElement;
  readonly base: HTMLCanvasElement;
  readonly points: HTMLCanvasElement;
  readonly labels: HTMLCanvasElement;
}

/** Options of a painter. */
export interface MapPainterOptions {
  readonly elements: MapElements;
  readonly scene: MapScene;
  readonly camera: MapCamera;
  /** Draw on a 2D canvas even where WebGL 2 is available. */
  readonly withoutWebgl: boolean;
  readonly signal: AbortSignal;
}

/** Magnification from which the finer outlines are worth loading. */
const FINE_ZOOM = 3;
/** More pixels than this a CSS pixel cost more than they show. */
const MAX_PIXEL_RATIO = 2;
/** A movement rests after this long without a change: time to draw the background anew. */
const REST_MS = 140;

/** Draws the map when something changed, never otherwise. */
export class MapPainter {
  readonly #options: MapPainterOptions;
  readonly #base: BaseLayer;
  readonly #labels: LabelLayer | undefined;
  readonly #sphere = toPath({ type: 'Sphere' });
  readonly #night = createNightCache();
  #points: HTMLCanvasElement;
  #layer: PointLayer | undefined;
  #outlines: Outlines | undefined;
  #fine: 'no' | 'loading' | 'yes' = 'no';
  #colors: MapColors;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #baseDirty = true;
  #placesVersion = -1;

  constructor(options: MapPainterOptions) {
    const { elements, camera, scene, signal } = options;
    this.#options = options;
    this.#points = elements.points;
    this.#base = createBaseLayer(elements.base);
    this.#labels = createLabelLayer(elements.labels, scene.table);
    this.#colors = readMapColors(elements.root);
    this.#resize();
    // Making a WebGL context takes its time: sea and panels are painted before it.
    requestAnimationFrame(() => setTimeout(() => this.#startLayer()));
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(elements.root);
    const unfollow = camera.view.subscribe(() => this.#moved());
    signal.addEventListener('abort', () => {
      observer.disconnect();
      unfollow();
      camera.close();
      cancelAnimationFrame(this.#frame);
      clearTimeout(this.#rest);
      this.#layer?.dispose();
    });
    this.#load('coarse');
  }

  /** Asks for a frame: values, opacities or the selection changed. */
  invalidate(): void {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Asks for a frame with a new background: the time of day or the theme changed. */
  invalidateBase(): void {
    this.#baseDirty = true;
    this.invalidate();
  }

  /** Reads the theme's colours again. */
  refreshColors(): void {
    this.#colors = readMapColors(this.#options.elements.root);
    this.invalidateBase();
  }

  #moved(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.invalidateBase(), REST_MS);
    this.invalidate();
  }

  #resize(): void {
    const { elements, camera } = this.#options;
    const size = { width: elements.root.clientWidth, height: elements.root.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    for (const canvas of [this.#points, elements.labels]) {
      canvas.width = Math.round(size.width * pixelRatio());
      canvas.height = Math.round(size.height * pixelRatio());
    }
    camera.resize(size);
    this.#baseDirty = true;
    // A resized canvas is blank until drawn: draw now rather than flicker.
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #draw(): void {
    this.#frame = 0;
    const { scene, camera } = this.#options;
    const view = camera.view.get();
    const size = camera.size.get();
    if (this.#baseDirty || !this.#base.follow(view, size)) {
      this.#baseDirty = false;
      const shapes = { sphere: this.#sphere, outlines: this.#outlines, night: this.#night.shapes(scene.timeMs()) };
      this.#base.paint({ shapes, view, size, pixelRatio: pixelRatio(), colors: this.#colors });
      if (this.#fine === 'no' && view.scale > minScale(size) * FINE_ZOOM) this.#load('fine');
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

  #load(detail: 'coarse' | 'fine'): void {
    if (detail === 'fine') this.#fine = 'loading';
    loadOutlines(detail, this.#options.signal)
      .then((outlines) => {
        if (detail === 'fine') this.#fine = 'yes';
        else if (this.#outlines) return;
        this.#outlines = outlines;
        this.invalidateBase();
      })
      .catch(() => {
        // Cities are worth showing without land; the next close look tries the fine outlines again.
        if (detail === 'fine') this.#fine = 'no';
      });
  }
}

function pixelRatio(): number {
  return Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio || 1);
}
