import type { SimulatedRun } from './simulate-scaling.ts';

const LEVELS = '▁▂▃▄▅▆▇█';
const WIDTH = 96;

/** A run as a table of its changes and a picture of load, shards and lag over time. Pure. */
export function formatRun({ steps, reversals, lateSeconds, shardHours, oracleShardHours }: SimulatedRun): string {
  const picture = (name: string, of: (step: SimulatedRun['steps'][number]) => number) => {
    const size = Math.max(1, Math.ceil(steps.length / WIDTH));
    const values: number[] = [];
    for (let index = 0; index < steps.length; index += size)
      values.push(Math.max(...steps.slice(index, index + size).map(of)));
    const most = Math.max(...values);
    const bars = values.map((value) => LEVELS[most === 0 ? 0 : Math.round((value / most) * (LEVELS.length - 1))]);
    return `${name.padEnd(7)}${bars.join('')} up to ${Math.round(most * 10) / 10}`;
  };
  const changes = steps.filter(({ target }, index) => index === 0 || target !== steps[index - 1]!.target);
  return [
    picture('load', ({ arrivalPerSecond }) => arrivalPerSecond),
    picture('shards', ({ target }) => target),
    picture('lag', ({ lagSeconds }) => lagSeconds),
    '',
    'at         shards  observations/s  lag',
    ...changes
      .slice(0, 50)
      .map(
        ({ second, target, arrivalPerSecond, lagSeconds }) =>
          `${clock(second).padEnd(11)}${String(target).padEnd(8)}${String(Math.round(arrivalPerSecond)).padEnd(16)}${lagSeconds.toFixed(1)} s`,
      ),
    ...(changes.length > 50 ? [`… and ${changes.length - 50} more changes`] : []),
    '',
    `${shardHours.toFixed(1)} shard-hours (who knows everything: ${oracleShardHours.toFixed(1)}); at most ${reversals} reversals an hour; late for at most ${(lateSeconds / 60).toFixed(1)} minutes`,
    '',
  ].join('\n');
}

function clock(second: number): string {
  const part = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${part(second / 3600)}:${part((second / 60) % 60)}:${part(second % 60)}`;
}
