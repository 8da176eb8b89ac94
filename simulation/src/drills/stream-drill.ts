import type { Drill } from './drill.ts';
import { playStream } from './stream-life.ts';

const LIVES = 6;

/** Streams of a producer to a platform that does its worst: sent, paused, told and forgotten exactly as it is written. */
export async function drillStreams(drill: Drill): Promise<void> {
  for (let life = 0; life < LIVES && drill.violations.first === undefined; life++) await playStream(drill);
}
