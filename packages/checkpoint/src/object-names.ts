import type { CheckpointId } from './checkpoint-store.ts';

const DIGITS = 10;

/** Where a manifest stands among a partition's: by term, then by number. */
export type ManifestPlace = CheckpointId;

/** Folder of a partition. */
export function folderOf(partition: number): string {
  return `partition-${String(partition).padStart(5, '0')}`;
}

/** The partition of a folder, or undefined if it is not one's. */
export function partitionOf(folder: string): number | undefined {
  const match = /^partition-(\d{5,})$/.exec(folder);
  return match === null ? undefined : Number(match[1]);
}

export function claimName(term: number): string {
  return `claim-${pad(term)}`;
}

export function manifestName(place: ManifestPlace): string {
  return `manifest-${pad(place.term)}-${pad(place.number)}`;
}

export function segmentName(place: ManifestPlace): string {
  return `segment-${pad(place.term)}-${pad(place.number)}`;
}

/** The place a manifest's name tells, or undefined if it is no manifest's. */
export function manifestPlace(name: string): ManifestPlace | undefined {
  const match = /^manifest-(\d{10})-(\d{10})$/.exec(name);
  return match === null ? undefined : { term: Number(match[1]), number: Number(match[2]) };
}

export function isSegmentName(name: string): boolean {
  return /^segment-\d{10}-\d{10}$/.test(name);
}

export function claimTerm(name: string): number | undefined {
  const match = /^claim-(\d{10})$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** The greatest term any name tells of; 0 if none does. */
export function greatestTerm(names: readonly string[]): number {
  return names.reduce((greatest, name) => Math.max(greatest, claimTerm(name) ?? manifestPlace(name)?.term ?? 0), 0);
}

/** Names of the manifests, newest first. */
export function manifestsNewestFirst(names: readonly string[]): string[] {
  return names
    .filter((name) => manifestPlace(name) !== undefined)
    .sort()
    .reverse();
}

function pad(value: number): string {
  return String(value).padStart(DIGITS, '0');
}
