export { abortAfter } from './abort-after.ts';
export type { Runtime, Timer } from './runtime.ts';
export { systemRuntime } from './system-runtime.ts';
