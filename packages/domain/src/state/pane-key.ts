/** Key of a pane in the maps of `PartitionCore`. */
export function paneKey(slot: number, minute: number): number {
  return slot * 0x1_0000_0000 + minute;
}
