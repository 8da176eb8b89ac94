import { type Runtime, systemRuntime } from '@isotherm/runtime';
import { NOW_MS } from './observation-grammar.ts';

/** A runtime whose clock stands still and on which nothing happens by itself. */
export const frozenRuntime: Runtime = { ...systemRuntime, now: () => NOW_MS, every: () => ({ cancel() {} }) };
