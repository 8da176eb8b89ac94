import { expect, test } from 'vitest';
import { createPlacement } from './create-placement.ts';
import { createPlacementHolder } from './placement-source.ts';

const table = (epoch: number) => createPlacement({ shards: ['a', 'b'], partitionCount: 8, epoch });

test('listeners hear tables of rising epochs only, until they leave', () => {
  const holder = createPlacementHolder(table(1));
  const heard: number[] = [];
  const leave = holder.onChange(({ epoch }) => heard.push(epoch));
  expect([holder.update(table(3)), holder.update(table(2)), holder.update(table(3))]).toEqual([true, false, false]);
  leave();
  expect(holder.update(table(4))).toBe(true);
  expect(heard).toEqual([3]);
  expect(holder.current().epoch).toBe(4);
});
