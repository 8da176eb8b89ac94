/** What is known of a batch: nothing, that it was sent before, or that its sequence came with another content. */
export type SeenBefore = 'new' | 'same' | 'other';

/** A batch of a producer's run and a digest of its content. */
export interface SeenBatch {
  readonly producer: string;
  readonly sequence: number;
  readonly digest: number;
}

/**
 * Batches of producers seen lately: it alone sees them whole, so that a sequence used again with another content is in
 * conflict in every partition, also in those that its first batch did not touch. What it forgets, by a restart too, the
 * owners of the partitions decide, each for its own.
 */
export interface SeenBatches {
  /** Notes a batch unless its sequence was noted with another content. @returns what was known of it before. */
  note(batch: SeenBatch): SeenBefore;
  /** Takes back what was noted: nothing of the batch was kept. */
  forget(batch: SeenBatch): void;
}

/** Sequences remembered of a producer's run: as many as the owner of a partition compares at least. */
const SEQUENCES = 256;

/** Runs of producers remembered; the one unheard of longest is forgotten first. */
const MAX_PRODUCERS = 10_000;

interface Run {
  readonly sequences: Float64Array;
  readonly digests: Float64Array;
}

/** Creates an empty memory. */
export function createSeenBatches(): SeenBatches {
  const runs = new Map<string, Run>();

  function runOf(producer: string): Run {
    const known = runs.get(producer);
    const run = known ?? { sequences: new Float64Array(SEQUENCES), digests: new Float64Array(SEQUENCES) };
    if (known !== undefined) runs.delete(producer);
    runs.set(producer, run);
    if (runs.size > MAX_PRODUCERS) runs.delete(runs.keys().next().value!);
    return run;
  }

  return {
    note({ producer, sequence, digest }) {
      const run = runOf(producer);
      const place = sequence % SEQUENCES;
      const before = run.sequences[place]!;
      if (before === sequence) return run.digests[place] === digest ? 'same' : 'other';
      if (before > sequence) return 'new';
      run.sequences[place] = sequence;
      run.digests[place] = digest;
      return 'new';
    },
    forget({ producer, sequence, digest }) {
      const run = runs.get(producer);
      const place = sequence % SEQUENCES;
      if (run?.sequences[place] === sequence && run.digests[place] === digest) run.sequences[place] = 0;
    },
  };
}
