import type { Prng } from '@isotherm/testkit';
import type fc from 'fast-check';

/** What became of an input. */
export interface Outcome {
  /** Whether the input was taken for good. */
  readonly accepted: boolean;
  /** How far it came: a stable error id, or a name for what happened. A handful of different ones a target. */
  readonly reached: string;
}

/** A target that is ready to take inputs. */
export interface OpenTarget {
  /** Valid inputs, as the product's own encoders make them. */
  readonly seeds: readonly Uint8Array[];
  /** Inputs by a grammar, valid ones and ones that are nearly so. Default only mutated seeds. */
  readonly grammar?: fc.Arbitrary<Uint8Array>;
  /** Byte strings that mean something in the format. */
  readonly words?: readonly Uint8Array[];
  /** Makes checksums right again, so that damage gets past them. */
  readonly repair?: (bytes: Uint8Array) => void;
  /** A mutation that knows the format. Called for some of the inputs. */
  readonly mutate?: (bytes: Uint8Array, random: Prng) => Uint8Array;
  /**
   * Takes an input. Must not keep anything of it: what an input does depends on the input alone.
   * @throws anything, which is a finding: documented errors are outcomes
   */
  run(input: Uint8Array): Outcome | Promise<Outcome>;
  close?(): Promise<void>;
}

/** Something that reads bytes it did not write. */
export interface FuzzTarget {
  readonly name: string;
  /** What it reads, in a few words. */
  readonly reads: string;
  /** Its share of the runs, relative to the others': slow ones get less. */
  readonly weight: number;
  /** Longest input, in bytes. */
  readonly maxBytes: number;
  /** Memory an input may cost, in bytes: more is a finding. */
  allowedBytes(inputBytes: number): number;
  /** Longest an input may take on three tries in a row, in ms of processor time. Default 400, far beyond what a bounded amount of work takes. */
  readonly slowMs?: number;
  open(): OpenTarget | Promise<OpenTarget>;
}

/** An input was refused with a documented error. */
export function refused(reached: string): Outcome {
  return { accepted: false, reached };
}

/** An input was taken. */
export function accepted(reached: string): Outcome {
  return { accepted: true, reached };
}
