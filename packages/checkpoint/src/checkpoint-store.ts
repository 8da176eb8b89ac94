/** Proof that the holder took a partition. Of two claims of a partition, the one with the greater term is good. */
export interface Claim {
  readonly partition: number;
  readonly term: number;
  readonly owner: string;
}

/** Names a checkpoint of a partition: of two, the one with the greater term, then number, is the newer. */
export interface CheckpointId {
  readonly term: number;
  /** Counts the commits of a term, from 1. */
  readonly number: number;
}

/** Small facts of a checkpoint; the state itself is in its segments. */
export interface CheckpointHead {
  /** Incarnation of the log it belongs to. */
  readonly incarnation: string;
  /** Offset after the last record it reflects. */
  readonly offset: number;
  /** Offset up to which dead letters and raw rows are stored. */
  readonly sinkCursor: number;
  /** Offset before which nothing waits to be stored as a minute row. */
  readonly storedOffset: number;
}

/** A checkpoint's small facts, and which one it is. */
export interface NewestCheckpoint extends CheckpointHead {
  readonly id: CheckpointId;
}

/** A checkpoint: apply the segments in order. */
export interface Checkpoint extends NewestCheckpoint {
  /** Whole, or what is left of them where a {@link LoadTarget} took the rest. */
  readonly segments: readonly Uint8Array[];
  /** Size of each of them, in bytes, with what a target took. */
  readonly segmentBytes: readonly number[];
  /** Total size of the segments. */
  readonly bytes: number;
  /** What was wrong with newer checkpoints that were passed over, newest first. Empty when the newest is good. */
  readonly passedOver: readonly string[];
}

/** What a commit adds. */
export interface CheckpointUpdate extends CheckpointHead {
  /** Replaces everything before it, or is applied on top. */
  readonly kind: 'full' | 'delta';
  /** What a delta is applied on. Default the one last loaded or committed here. */
  readonly base?: CheckpointId;
  readonly segment: Uint8Array;
  /** Its first bytes so many say where the others belong, see {@link LoadTarget}. Default: all of it does. */
  readonly headBytes?: number;
}

/** What a commit made. */
export interface CommittedCheckpoint {
  readonly id: CheckpointId;
  readonly segments: number;
  readonly bytes: number;
}

/** Takes segments while they are read, so that their bodies are read into place. */
export interface LoadTarget {
  /** A checkpoint is begun, maybe another one than before: what was placed until now is void. */
  begin(): void;
  /**
   * The head of the next segment, checked.
   * @returns where the `bodyBytes` after it belong, in order; they are checked when all are there.
   */
  place(head: Uint8Array, bodyBytes: number): readonly Uint8Array[];
}

/** Keeps checkpoints by partition, fenced by claims. Every commit is durable, checksummed and all or nothing. */
export interface CheckpointStore extends AsyncDisposable {
  /** Takes a partition with a term above every earlier one. Races have one winner; the losers reject with CLAIM_LOST. */
  claim(partition: number, owner: string): Promise<Claim>;
  /**
   * The newest good checkpoint, or undefined if there is none. Torn or corrupt ones are passed over, and said. What the
   * target throws, it rejects with.
   */
  load(partition: number, target?: LoadTarget): Promise<Checkpoint | undefined>;
  /**
   * The facts of the newest checkpoint whose manifest is good, whoever wrote it; undefined if there is none. Its segments
   * are not looked at.
   */
  newest(partition: number): Promise<NewestCheckpoint | undefined>;
  /**
   * Adds to the partition's checkpoint. Rejects with CLAIM_LOST when a greater term exists, and with
   * CHECKPOINT_BASE_MISSING when the base of a delta is not there any more.
   */
  commit(claim: Claim, update: CheckpointUpdate): Promise<CommittedCheckpoint>;
  close(): Promise<void>;
}
