/**
 * What a caller may do.
 *
 * - `ingest`: send observations.
 * - `read`: ask the public API.
 * - `operate`: change what is kept: replay and purge dead letters.
 */
export const PERMISSIONS = ['ingest', 'read', 'operate'] as const;

/** One of {@link PERMISSIONS}. None of them contains another. */
export type Permission = (typeof PERMISSIONS)[number];

/** A caller whose tokens are known, as SHA-256. */
export interface TokenHolder {
  readonly name: string;
  readonly tokenDigests: readonly Uint8Array[];
  readonly may: readonly Permission[];
}
