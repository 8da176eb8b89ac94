import { createPrng, type Prng } from '@isotherm/testkit';
import fc from 'fast-check';
import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts';
import { mutateBytes } from '../mutation/mutate-bytes.ts';

/** Gives one input after the other, the same for the same seed and the same outcomes. */
export interface InputSource {
  next(): Uint8Array;
  /** The last input came to something no input had come to before: it is mutated from now on, too. */
  keep(input: Uint8Array): void;
}

/** Inputs kept beside the seeds at most. */
const MAX_KEPT = 256;
/** Inputs drawn from a grammar at a time. */
const SAMPLE = 64;

/** Creates the source of a target's inputs: a few by its grammar, a few seeds as they are, mostly mutated ones of either. */
export function createInputSource(target: FuzzTarget, open: OpenTarget, seed: number): InputSource {
  const random = createPrng(seed);
  const corpus = [...open.seeds];
  const material = { corpus, words: open.words ?? [], maxBytes: target.maxBytes };
  const fromGrammar = open.grammar === undefined ? undefined : createSampler(open.grammar, random);
  const cut = (bytes: Uint8Array) => (bytes.length > target.maxBytes ? bytes.slice(0, target.maxBytes) : bytes);
  let kept = 0;

  function origin(): Uint8Array {
    return fromGrammar !== undefined && random.chance(0.3) ? fromGrammar() : random.pick(corpus);
  }

  return {
    next() {
      const draw = random.float();
      if (draw < 0.02) return cut(random.pick(corpus).slice());
      if (draw < 0.27 && fromGrammar !== undefined) return cut(fromGrammar());
      const from = origin();
      const known = open.mutate !== undefined && random.chance(0.4);
      const input = cut(known ? open.mutate!(from, random) : mutateBytes(from, random, material)).slice();
      if (open.repair !== undefined && random.chance(0.7)) open.repair(input);
      return input;
    },
    keep(input) {
      if (kept < MAX_KEPT) corpus.push(input);
      else corpus[open.seeds.length + random.below(MAX_KEPT)] = input;
      kept += 1;
    },
  };
}

function createSampler(grammar: fc.Arbitrary<Uint8Array>, random: Prng): () => Uint8Array {
  let ready: Uint8Array[] = [];
  return () => {
    if (ready.length === 0) ready = fc.sample(grammar, { numRuns: SAMPLE, seed: random.uint32() | 0 });
    return ready.pop()!;
  };
}
