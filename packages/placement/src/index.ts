export type { Placement } from './placement.ts';
