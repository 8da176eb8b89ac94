import { type CityTable, MISSING } from '../data/city-table.ts';
import { opacityOfAge } from '../data/staleness.ts';
import { riskOfHeatIndex } from '../risk/risk-level.ts';
import type { MapMetric } from '../settings/settings.ts';
import { MARK_NO_VALUE, MARK_OWNER_DOWN, type PointScene } from './point-layer.ts';

/** What the map shows, apart from where it looks. */
export interface MapScene {
  readonly table: CityTable;
  /** Time the map shows: for the shade of night. */
  timeMs(): number;
  /** Columns to draw now. */
  look(): Pick<PointScene, 'values' | 'opacities' | 'marks' | 'selectedSlot'>;
}

/** Opacity, 0–255, of cities that nothing is known of at the time shown. */
const TRACE_OPACITY = 70;

/** What a scene is made from. */
export interface MapSceneSource {
  readonly table: CityTable;
  readonly metric: () => MapMetric;
  readonly timeMs: () => number;
  /** Values and heat indices of a moment in the past; undefined while the map is live. */
  readonly past: () => { readonly values: Int16Array; readonly heatIndex: Int16Array } | undefined;
  readonly selectedSlot: () => number | undefined;
  /** Opacity of cities without any value, 0–1. */
  readonly absentOpacity: () => number;
}

/** Creates the scene; its columns are reused from frame to frame. */
export function createMapScene(source: MapSceneSource): MapScene {
  const { table } = source;
  let opacities = new Uint8Array(0);
  let marks = new Uint8Array(0);

  return {
    table,
    timeMs: source.timeMs,
    look() {
      const columns = table.columns;
      if (opacities.length !== columns.x.length) {
        opacities = new Uint8Array(columns.x.length);
        marks = new Uint8Array(columns.x.length);
      }
      const past = source.past();
      const values = past?.values ?? columns[source.metric()];
      const nowMs = source.timeMs();
      const absent = Math.round(source.absentOpacity() * 255);
      for (let slot = 0; slot < table.size; slot++) {
        if ((values[slot] ?? MISSING) === MISSING) {
          // In the past, a city that reports today but is unknown then stays visible as a trace.
          opacities[slot] = past && (columns.observedMs[slot] ?? 0) > 0 ? TRACE_OPACITY : absent;
          marks[slot] = MARK_NO_VALUE;
        } else if (past) {
          opacities[slot] = 255;
          marks[slot] = riskOfHeatIndex(past.heatIndex[slot] ?? MISSING);
        } else {
          opacities[slot] = Math.round(opacityOfAge(nowMs - (columns.observedMs[slot] ?? 0)) * 255);
          marks[slot] = (columns.risk[slot] ?? 0) | (columns.ownerDown[slot] ? MARK_OWNER_DOWN : 0);
        }
      }
      return { values, opacities, marks, selectedSlot: source.selectedSlot() };
    },
  };
}
