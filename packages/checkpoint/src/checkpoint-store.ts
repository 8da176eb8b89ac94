/** Proof that the holder took a partition. Of two claims of a partition, the one with the greater term is good. */
export interface Claim {
  readonly partition: number;
  readonly term: number;
  readonly owner: string;
}

/** Small facts of a checkpoint; the state itself is in its segments. */
export interface CheckpointHead {
  /** Incarnation of the log it belongs to. */
  readonly incarnation: string;
  /** Offset after the last record it reflects. */
  readonly offset: number;
  /** Offset up to which dead letters and raw rows are stored. */
  readonly sinkCursor: number;
}

/** A checkpoint: apply the segments in order. */
export interface Checkpoint extends CheckpointHead {
  readonly segments: readonly Uint8Array[];
  /** Total size of the segments. */
  readonly bytes: number;
  /** What was wrong with newer checkpoints that were passed over, newest first. Empty when the newest is good. */
  readonly passedOver: readonly string[];
}

/** What a commit adds. */
export interface CheckpointUpdate extends CheckpointHead {
  /** Replaces everything before it, or is applied on top. */
  readonly kind: 'full' | 'delta';
  readonly segment: Uint8Array;
}

/** Gives memory for segments that are read. Default: new memory for each. */
export interface LoadMemory {
  allocate(bytes: number): Uint8Array;
}

/** Keeps checkpoints by partition, fenced by claims. Every commit is durable, checksummed and all or nothing. */
export interface CheckpointStore extends AsyncDisposable {
  /** Takes a partition with a term above every earlier one. Races have one winner; the losers reject with CLAIM_LOST. */
  claim(partition: number, owner: string): Promise<Claim>;
  /** The newest good checkpoint, or undefined if there is none. Torn or corrupt ones are passed over, and said. */
  load(partition: number, memory?: LoadMemory): Promise<Checkpoint | undefined>;
  /** Adds to the partition's checkpoint. Rejects with CLAIM_LOST when a greater term exists. */
  commit(claim: Claim, update: CheckpointUpdate): Promise<{ readonly segments: number; readonly bytes: number }>;
  close(): Promise<void>;
}
