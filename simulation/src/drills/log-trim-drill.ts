import type { Log, LogReader } from '@isotherm/log';
import type { Drill } from './drill.ts';
import { COMMITS_PER_INDEX, checkEntries, startsOf } from './log-checks.ts';
import { drain, type LogLab } from './log-lab.ts';

/** Trims at random: the log begins at the last index entry that lets go of nothing needed. @returns that commit. */
export async function drillTrim(drill: Drill, lab: LogLab, log: Log, lazy: LogReader): Promise<number> {
  const { prng, settled, same } = drill;
  const all = new Map(lab.records.map((_, partition) => [partition, 0]));
  const behind = await settled(log.openReader(all));
  const ahead = new Map(lab.records.map(({ length }, partition) => [partition, length]));
  const level = await settled(log.openReader(ahead));
  let start = 0;
  /** Then the log begins at the first record of a partition that was quiet, if the others let it. */
  const lastStays = prng.chance(0.5);
  for (let round = 0; round < 3; round++) {
    const keepFrom = new Map<number, number>();
    lab.records.forEach(({ length }, partition) => {
      const last = partition === lab.partitionCount - 1;
      if (prng.chance(0.9))
        keepFrom.set(partition, last && lastStays ? 0 : Math.floor(length * Math.sqrt(prng.float())));
    });
    for (let at = start; at < lab.groups.length; at += COMMITS_PER_INDEX) {
      const needed = startsOf(lab, at).some(
        (from, partition) => from > (keepFrom.get(partition) ?? startsOf(lab, start)[partition]!),
      );
      if (needed) break;
      start = at;
    }
    await settled(log.trim(keepFrom));
    same('a trim frees what nobody needs', [lab.disk.commits.first(), lab.disk.index.first()], [start, start]);
    same('a trim keeps the rest', lab.disk.commits.last(), lab.groups.length - 1);
  }
  const begins = startsOf(lab, start);
  await checkLazy(drill, lab, lazy, start);
  if (begins.some((from) => from > 0)) {
    same(
      'a reader learns that what it needs is gone',
      await drill.errorOf(() => behind.poll({ maxBytes: 1 << 20 })),
      'LOG_TRUNCATED',
    );
  }
  const group = lab.drawGroup();
  lab.kept(group);
  await settled(log.append(group));
  const { entries } = await drain(drill, level, ahead, 1 << 20);
  same('a reader that needs nothing of it goes on', entries.size, group.length);
  await settled(behind.close());
  await settled(level.close());
  return start;
}

/** A reader far behind goes on where the log begins now, if nothing that it is due was trimmed. */
async function checkLazy(drill: Drill, lab: LogLab, lazy: LogReader, start: number): Promise<void> {
  const partition = lab.partitionCount - 1;
  if (startsOf(lab, start)[partition]! > 0) {
    drill.same('what is due and gone is told', await drill.errorOf(() => lazy.poll({ maxBytes: 1 })), 'LOG_TRUNCATED');
  } else {
    const positions = new Map([[partition, 0]]);
    const { entries } = await drain(drill, lazy, positions, 1 << 20);
    checkEntries(drill, lab, entries, positions);
  }
  await drill.settled(lazy.close());
}
