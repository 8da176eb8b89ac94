export type { ControlCallOptions, ControlCalls } from './control-calls.ts';
export {
  type Coordinator,
  type CoordinatorOptions,
  type CoordinatorStatus,
  createCoordinator,
} from './coordinator/coordinator.ts';
export {
  type ClaimedCoordination,
  type CoordinatorClaimOptions,
  claimCoordination,
} from './coordinator/coordinator-claim.ts';
export { type KeepRegisteredDeps, keepRegistered, type Registration } from './coordinator/keep-registered.ts';
export type { Member } from './coordinator/members.ts';
export {
  type RunningCoordinator,
  type StartCoordinatorOptions,
  startCoordinator,
} from './coordinator/start-coordinator.ts';
export {
  createHandOffDriver,
  type FinishedMove,
  type HandOffDriver,
  type HandOffDriverDeps,
  type HandOffDriverOptions,
  type HandOffRound,
} from './hand-off-driver.ts';
export {
  isConflict,
  isConverged,
  NO_OWNER,
  type PlacementRecord,
  type PlacementRecordStore,
  placementConflict,
  type RecordedShard,
  tableOf,
  targetTableOf,
} from './placement-record.ts';
export { type HandOffStep, type OwnershipView, planSteps } from './plan-steps.ts';
export { planTarget, type TargetInputs } from './plan-target.ts';
export { type ControlClient, type ControlClientOptions, createControlClient } from './rpc/control-client.ts';
export {
  type CoordinatorClient,
  type CoordinatorClientOptions,
  createCoordinatorClient,
} from './rpc/coordinator-client.ts';
export { placementTable } from './rpc/placement-table.ts';
export { createShardLiveness, type ShardLiveness } from './shard-liveness.ts';
export type {
  AcquiredPartition,
  AcquireOutcome,
  PartitionPhase,
  PartitionReport,
  ShardReport,
} from './shard-report.ts';
export { createBlobRecordStore } from './store/blob-record-store.ts';
export { createMemoryRecordStore } from './store/memory-record-store.ts';
