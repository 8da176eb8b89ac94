/** Entries of a group as one record after the other names them. */
export interface LocalTable<T> {
  /** Begins the next record, of so many slices. */
  begin(sliceCount: number): {
    /** The entries that the record names, in order of first use. */
    readonly entries: T[];
    /** Of each slice, for the caller to fill. */
    readonly indexes: Uint16Array;
    /** Index in the record of an entry of the group. */
    indexOf(groupIndex: number): number;
  };
}

/** Creates a table over the entries of a group: nothing is cleared between records. */
export function createLocalTable<T>(group: readonly T[]): LocalTable<T> {
  /** Of each entry the record that named it last, and its index there. */
  const seenIn = new Int32Array(group.length);
  const locals = new Uint16Array(group.length);
  let record = 0;
  return {
    begin(sliceCount) {
      record += 1;
      const entries: T[] = [];
      return {
        entries,
        indexes: new Uint16Array(sliceCount),
        indexOf(groupIndex) {
          if (seenIn[groupIndex] !== record) {
            seenIn[groupIndex] = record;
            locals[groupIndex] = entries.push(group[groupIndex]!) - 1;
          }
          return locals[groupIndex]!;
        },
      };
    },
  };
}
