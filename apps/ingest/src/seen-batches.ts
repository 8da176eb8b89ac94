/** Batches of producers seen lately, to tell a producer that a batch was sent before. Best effort: compute decides. */
export interface SeenBatches {
  /** Notes a batch. @returns whether the same batch, with the same content, was noted before. */
  note(batch: { readonly producer: string; readonly sequence: number; readonly digest: number }): boolean;
}

/** Sequences remembered of a producer's run: as many as compute keeps. */
const SEQUENCES = 64;

/** Runs of producers remembered; the one unheard of longest is forgotten first. */
const MAX_PRODUCERS = 10_000;

interface Run {
  readonly sequences: Float64Array;
  readonly digests: Float64Array;
}

/** Creates an empty memory. */
export function createSeenBatches(): SeenBatches {
  const runs = new Map<string, Run>();
  return {
    note({ producer, sequence, digest }) {
      const known = runs.get(producer);
      const run = known ?? { sequences: new Float64Array(SEQUENCES), digests: new Float64Array(SEQUENCES) };
      if (known !== undefined) runs.delete(producer);
      runs.set(producer, run);
      if (runs.size > MAX_PRODUCERS) runs.delete(runs.keys().next().value!);
      const place = sequence % SEQUENCES;
      const seen = run.sequences[place] === sequence && run.digests[place] === digest;
      run.sequences[place] = sequence;
      run.digests[place] = digest;
      return seen;
    },
  };
}
