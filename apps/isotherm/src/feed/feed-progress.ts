/** What the demo feed is doing. */
export interface FeedProgress {
  /** Whether it still plays the past. */
  readonly replaying: boolean;
  /** Time of the observations being sent, ms since the epoch. */
  readonly positionMs: number;
  /** Share of the past that was sent, 0 to 1. */
  readonly shareDone: number;
  /** Observations sent. */
  readonly sent: number;
  /** Observations acked: accepted ones. */
  readonly acked: number;
  /** Observations that were rejected. */
  readonly rejected: number;
}
