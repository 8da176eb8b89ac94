import { useEffect, useRef } from 'react';
import { useModel } from '../model-context.ts';
import './map-view.css';
import type { MapCamera } from './map-camera.ts';
import { startMapSession } from './map-session.ts';

/** The map. `onReady` hands out its controller for panels that move it. */
export function MapView({ onReady }: { readonly onReady: (map: MapCamera | undefined) => void }) {
  const model = useModel();
  const root = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const points = useRef<HTMLCanvasElement>(null);
  const labels = useRef<HTMLCanvasElement>(null);
  const selected = useRef<HTMLDivElement>(null);
  const hovered = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const parts = [
      root.current,
      base.current,
      points.current,
      labels.current,
      selected.current,
      hovered.current,
    ] as const;
    const [rootPart, basePart, pointsPart, labelsPart, selectedPart, hoveredPart] = parts;
    if (!rootPart || !basePart || !pointsPart || !labelsPart || !selectedPart || !hoveredPart) return;
    const closing = new AbortController();
    const elements = {
      root: rootPart,
      base: basePart,
      points: pointsPart,
      labels: labelsPart,
      selected: selectedPart,
      hovered: hoveredPart,
    };
    onReady(startMapSession(model, elements, closing.signal));
    return () => {
      onReady(undefined);
      closing.abort();
    };
  }, [model, onReady]);

  return (
    <div
      ref={root}
      className="map"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a map is moved and read with the keyboard (role application)
      tabIndex={0}
      aria-label="World map of live cities"
      aria-describedby="map-keys"
    >
      <canvas ref={base} className="map-layer" />
      <canvas ref={points} className="map-layer map-points" data-layer="points" />
      <canvas ref={labels} className="map-layer map-points" />
      <div ref={hovered} className="marker marker-hovered" hidden>
        <span className="marker-label">
          <span data-part="name" />
          <b data-part="value" />
        </span>
      </div>
      <div ref={selected} className="marker marker-selected" data-marker="selected" hidden>
        <span className="marker-label">
          <span data-part="name" />
          <b data-part="value" />
        </span>
      </div>
      <p id="map-keys" className="unseen">
        Arrow keys move, plus and minus zoom, Enter opens the city named in the middle.
      </p>
    </div>
  );
}
