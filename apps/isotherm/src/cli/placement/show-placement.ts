import { decimal, NONE, span, whole } from '../format/values.ts';
import { renderTable } from '../terminal/table.ts';
import type { Style } from '../terminal/terminal.ts';
import type { PlacementView, ShardView } from './placement-view.ts';

/** A shard that did not register for longer is shown as silent. */
const SILENT_MS = 3_000;
const MOVES_SHOWN = 5;

/** A placement as tables: shards, partitions that are not where they shall be, and the last moves. */
export function placementText(view: PlacementView, style: Style, options: { readonly all: boolean }): string {
  if (view.shards.length === 0) return 'No shard has registered yet.\n';
  const parts = [`\n  ${style.bold(`Placement ${view.epoch}`)}  ${style.dim(summary(view))}\n\n`];
  if (view.blockedReason !== '') parts.push(`  ${style.yellow(view.blockedReason)}\n\n`);
  parts.push(shardTable(view, style));
  const shown = options.all ? view.partitions : view.partitions.filter(({ owner, target }) => owner !== target);
  if (shown.length > 0) {
    parts.push(
      `\n${renderTable(
        shown,
        [
          { title: '  partition', align: 'right', cell: ({ partition }) => `${partition}` },
          { title: 'owner', cell: ({ owner }) => owner },
          { title: 'goes to', cell: ({ owner, target }) => (owner === target ? NONE : target) },
          { title: 'copies', cell: ({ standbys }) => (standbys.length === 0 ? NONE : standbys.join(', ')) },
          { title: 'waits for', cell: ({ waitsFor }) => waitsFor },
        ],
        style,
      )}`,
    );
  }
  if (view.moves.length > 0) parts.push(`\n${moveTable(view, style)}`);
  return parts.join('');
}

function summary({ partitions, shards, queries }: PlacementView): string {
  const moving = partitions.filter(({ owner, target }) => owner !== target).length;
  const still = moving === 0 ? 'nothing moves' : `${moving} to move`;
  return `${partitions.length} partitions · ${shards.length} shards · ${queries.length} queries · ${still}`;
}

function shardTable({ shards }: PlacementView, style: Style): string {
  const state = ({ silentMs, draining }: ShardView) => {
    if (silentMs > SILENT_MS) return style.red(`silent for ${span(silentMs)}`);
    return draining ? style.yellow('draining') : style.green('up');
  };
  return renderTable(
    shards,
    [
      { title: '  shard', cell: ({ name }) => `  ${name}` },
      { title: 'owns', align: 'right', cell: ({ owned }) => whole(owned) },
      { title: 'follows', align: 'right', cell: ({ followed }) => whole(followed) },
      { title: 'lag s', align: 'right', cell: ({ lagSeconds }) => decimal(lagSeconds) },
      {
        title: 'observations/s',
        align: 'right',
        cell: ({ observationsPerSecond }) => whole(Math.round(observationsPerSecond)),
      },
      { title: 'address', cell: ({ address }) => address },
      { title: 'state', cell: state },
    ],
    style,
  );
}

function moveTable({ moves }: PlacementView, style: Style): string {
  return renderTable(
    moves.slice(0, MOVES_SHOWN),
    [
      { title: '  last moves', cell: ({ endTime }) => `  ${endTime?.toISOString().slice(11, 19) ?? NONE}` },
      { title: 'partition', align: 'right', cell: ({ partition }) => `${partition}` },
      { title: 'from', cell: ({ from }) => (from === '' ? NONE : from) },
      { title: 'to', cell: ({ to }) => to },
      { title: 'pause ms', align: 'right', cell: ({ pauseMs }) => whole(Math.round(pauseMs)) },
    ],
    style,
  );
}
