import { CITY_STRING_BIT } from '@isotherm/records';
import type { CityRegistry } from '../cities/city-registry.ts';
import type { StagedGroup } from '../staging/staged-group.ts';

/** The text ids a group's records need, by partition. */
export interface RecordStrings {
  cities(partition: number): readonly string[];
  sensors(partition: number): readonly string[];
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * Collects the text ids of every partition's rows and turns the group's references (numbers of this process) into
 * references within its record.
 */
export function localiseStrings(group: StagedGroup, registry: CityRegistry): RecordStrings {
  const cities = registry.textCount === 0 ? undefined : localiseCities(group, registry);
  const sensors = group.sensor === undefined ? undefined : localiseSensors(group, group.sensor);
  return {
    cities: (partition) => cities?.get(partition) ?? NONE,
    sensors: (partition) => sensors?.get(partition) ?? NONE,
  };
}

function localiseCities(group: StagedGroup, registry: CityRegistry): Map<number, string[]> {
  const strings = new Map<number, string[]>();
  const locals = new Map<number, number>();
  const { cityRef, partition } = group;
  for (let row = 0; row < group.rows; row += 1) {
    const ref = cityRef[row]!;
    if (ref < CITY_STRING_BIT) continue;
    let local = locals.get(ref);
    if (local === undefined) {
      const owned = listOf(strings, partition[row]!);
      local = owned.push(registry.textOf(ref - CITY_STRING_BIT)) - 1;
      locals.set(ref, local);
    }
    cityRef[row] = CITY_STRING_BIT + local;
  }
  return strings;
}

function localiseSensors(group: StagedGroup, sensor: Uint32Array): Map<number, string[]> {
  const strings = new Map<number, string[]>();
  const locals = new Map<number, number>();
  for (let row = 0; row < group.rows; row += 1) {
    const index = sensor[row]!;
    if (index === 0) continue;
    const partition = group.partition[row]!;
    const key = partition * 0x1_0000 + index;
    let local = locals.get(key);
    if (local === undefined) {
      local = listOf(strings, partition).push(group.sensors[index - 1]!);
      locals.set(key, local);
    }
    sensor[row] = local;
  }
  return strings;
}

function listOf(lists: Map<number, string[]>, partition: number): string[] {
  const known = lists.get(partition);
  if (known !== undefined) return known;
  const list: string[] = [];
  lists.set(partition, list);
  return list;
}
