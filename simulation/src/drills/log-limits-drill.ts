import type { LogAppend } from '@isotherm/log';
import { spaceOf, valueBytesOf } from './commit-format.ts';
import { type Drill, idOf } from './drill.ts';
import { createLogLab, type LogLab } from './log-lab.ts';

/** What does not fit is refused, and what fits is taken, to the byte. */
export async function drillLimits(drill: Drill, lab: LogLab): Promise<void> {
  const { prng, settled } = drill;
  const begin = lab.disk.index.first();
  if (begin === undefined) return;
  const space = (from: number) => lab.groups.slice(from).reduce((sum, group) => sum + spaceOf(valueBytesOf(group)), 0);
  const groups = Array.from({ length: 6 }, () => lab.drawGroup());
  const fits = prng.below(5);
  const total = groups.slice(0, fits + 1).reduce((sum, group) => sum + spaceOf(valueBytesOf(group)), space(begin));
  const full = await settled(lab.write({ maxBytes: total }));
  for (const [i, group] of groups.entries()) {
    if (i > fits + 1) break;
    const failed = await drill.errorOf(() => full.append(group));
    drill.same('a log takes what fits, to the byte', failed, i <= fits ? '' : 'LOG_FULL');
    if (failed === '') lab.kept(group);
  }
  await settled(full.close());
  await drillNewLog(drill);
  await drillFreed(drill, lab);
  await drillFloor(drill, lab);
  const pending = groups.slice(0, fits + 1).reduce((sum, group) => sum + valueBytesOf(group), 0);
  const busy = await settled(lab.write({ maxPendingBytes: pending }));
  const appends = groups.slice(0, fits + 2).map((group) => busy.append(group).then(() => '', idOf));
  for (const group of groups.slice(0, fits + 1)) lab.kept(group);
  const failed = await settled(Promise.all(appends));
  drill.same('so much may wait for the disk, to the byte', failed, [
    ...groups.slice(0, fits + 1).map(() => ''),
    'LOG_BUSY',
  ]);
  const again = groups.slice(0, fits + 2).map((group) => busy.append(group).then(() => '', idOf));
  for (const group of groups.slice(0, fits + 1)) lab.kept(group);
  drill.same('a log that has written everything takes as much again', await settled(Promise.all(again)), failed);
  await settled(busy.close());
  const small = await settled(lab.write({ maxPendingBytes: 1 }));
  const tiny = groups[0]!;
  lab.kept(tiny);
  const closing = small.append(tiny);
  await settled(small.close());
  drill.same('closing waits for what was taken', (await settled(closing)).offsets.length, tiny.length);
}

/** The limit holds for a log's first commit, too. */
async function drillNewLog(drill: Drill): Promise<void> {
  const log = await drill.settled(createLogLab(drill).write({ maxBytes: 1_000 }));
  const large = [{ partition: 0, bytes: new Uint8Array(1_000) }];
  drill.same('a new log takes no more than others', await drill.errorOf(() => log.append(large)), 'LOG_FULL');
  await drill.settled(log.close());
}

/** What a trim frees can be written again, to the byte. */
async function drillFreed(drill: Drill, lab: LogLab): Promise<void> {
  const { settled } = drill;
  const space = (groups: readonly (readonly LogAppend[])[]) =>
    groups.reduce((sum, g) => sum + spaceOf(valueBytesOf(g)), 0);
  const begin = lab.disk.index.first()!;
  const group = lab.drawGroup();
  const log = await settled(lab.write({ maxBytes: space(lab.groups.slice(begin)) }));
  drill.same('a full log is full', await drill.errorOf(() => log.append(group)), 'LOG_FULL');
  await settled(log.trim(new Map(lab.records.map(({ length }, partition) => [partition, length]))));
  const freed = space(lab.groups.slice(begin, lab.disk.index.first()));
  const fits = space([group]) <= freed;
  drill.same('what was freed can be written', await drill.errorOf(() => log.append(group)), fits ? '' : 'LOG_FULL');
  if (fits) lab.kept(group);
  await settled(log.close());
}

/** The disk's floor is asked about everything that is on its way. */
async function drillFloor(drill: Drill, lab: LogLab): Promise<void> {
  const { settled, same } = drill;
  const asked: number[] = [];
  let trims = 0;
  let refuses = false;
  const log = await settled(
    lab.write({
      floor: {
        check(bytes) {
          asked.push(bytes);
          if (refuses) throw Object.assign(new Error('low'), { id: 'LOG_DISK_LOW' });
        },
        checkTrim() {
          trims += 1;
        },
      },
    }),
  );
  const groups = [lab.drawGroup(), lab.drawGroup()];
  const appends = groups.map((group) => log.append(group));
  for (const group of groups) lab.kept(group);
  await settled(Promise.all(appends));
  const [first, second] = [valueBytesOf(groups[0]!), valueBytesOf(groups[1]!)];
  same('the floor is asked about all that is on its way', asked, [spaceOf(first), first + spaceOf(second)]);
  const third = lab.drawGroup();
  lab.kept(third);
  await settled(log.append(third));
  same('what is written is no more on its way', asked.at(-1), spaceOf(valueBytesOf(third)));
  refuses = true;
  same('what the floor refuses is refused', await drill.errorOf(() => log.append(groups[0]!)), 'LOG_DISK_LOW');
  await settled(log.trim(new Map()));
  same('the floor is asked before a trim', trims, 1);
  await settled(log.close());
}
