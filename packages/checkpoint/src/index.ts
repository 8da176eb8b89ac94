export type { Checkpoint, CheckpointHead, CheckpointStore, CheckpointUpdate, Claim } from './checkpoint-store.ts';
