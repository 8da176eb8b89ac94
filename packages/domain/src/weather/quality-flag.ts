/** QualityFlag of isotherm.type.v1: the data descriptors of NOAA's MADIS. */
export const QualityFlag = {
  UNSPECIFIED: 0,
  /** Z: no check applied. */
  NO_CHECK: 1,
  /** C: passed validity. */
  COARSE_PASS: 2,
  /** S: passed validity and the temporal checks. */
  SCREENED: 3,
  /** V: neighbours agree too. */
  VERIFIED: 4,
  /** Q: passed validity, failed a later check. */
  QUESTIONED: 5,
  /** X: failed validity. */
  FAILED: 6,
} as const;
export type QualityFlag = (typeof QualityFlag)[keyof typeof QualityFlag];

/** Badness by flag: the more was checked and passed, the better; unset counts for nothing. */
const BADNESS = Uint8Array.of(0, 4, 3, 2, 1, 5, 6);

/** The worse of two flags. Commutative and associative; UNSPECIFIED is neutral. */
export function worseQuality(a: number, b: number): QualityFlag {
  return ((BADNESS[a] ?? 0) >= (BADNESS[b] ?? 0) ? a : b) as QualityFlag;
}
