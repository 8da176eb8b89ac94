import * as z from 'zod';

const time = (description: string) => z.string().max(40).meta({ format: 'date-time' }).describe(description);
const text = (max: number, description: string) => z.string().max(max).describe(description);
const count = (description: string) => z.int().min(0).meta({ format: 'int32' }).describe(description);

/** Types of the conditions, in the order in which the status lists them. */
export const CONDITION_TYPES = [
  'Ready',
  'SpecValid',
  'PlacementConverged',
  'ScaleAllowed',
  'LagWithinTarget',
  'ReconciliationPaused',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

const condition = z
  .object({
    type: text(64, `One of ${CONDITION_TYPES.join(', ')}.`),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    reason: text(128, 'Why, in one word for programs.'),
    message: text(700, 'Why, in a sentence: what is awaited, since when, and what to do.'),
    observedGeneration: z
      .int()
      .min(0)
      .meta({ format: 'int64' })
      .optional()
      .describe('Generation of the spec it speaks of.'),
    lastTransitionTime: time('When the status last changed.'),
  })
  .describe('A condition.');

const decision = z
  .object({
    time: time('When it was taken.'),
    action: z.enum(['None', 'Move', 'Add', 'Remove']).describe('What was decided.'),
    reason: text(64, 'Why, in one word for programs.'),
    fromShards: count('Shards before.'),
    toShards: count('Shards wanted.'),
    message: text(300, 'Inputs and reasons in one line.'),
  })
  .describe('A decision about the number of shards.');

const autoscaling = z
  .object({
    lagAndLoad: text(300, 'Sentence 1: what was measured.').optional(),
    capacityNeeded: text(300, 'Sentence 2: what that takes.').optional(),
    optionsRejected: text(300, 'Sentence 3: what else could have been done, and why it was not.').optional(),
    wouldChangeIf: text(300, 'Sentence 4: what would lead to another decision.').optional(),
    recommendedShards: count('Shards that load and lag ask for.').optional(),
    decisions: z
      .array(decision)
      .max(5)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .optional()
      .describe('The last five, newest first.'),
  })
  .describe('Why the number of shards is what it is.');

const update = z
  .object({
    phase: z.enum(['Canary', 'Rolling', 'RollingBack', 'RolledBack']).describe('Where the update is.'),
    fromVersion: text(64, 'Version before.'),
    toVersion: text(64, 'Version wanted.'),
    ordinal: count('Shard that is being replaced.').optional(),
    since: time('When this step began.'),
    failedTemplate: text(
      64,
      'Digest of a pod template that failed; it is not tried again until the spec changes.',
    ).optional(),
    message: text(512, 'What is awaited, or why it stopped.'),
  })
  .describe('An update under way, or the last one that failed.');

const placement = z
  .object({
    epoch: z.int().min(0).meta({ format: 'int64' }).describe('Epoch of the recorded table.'),
    movingPartitions: count('Partitions that are not yet where the table puts them.'),
    draining: z
      .array(z.string().max(63))
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Shards that give their partitions away.'),
    unreachable: z
      .array(z.string().max(63))
      .max(64)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Shards that do not answer.'),
  })
  .describe('Which shard owns what: the table itself is in the ConfigMap NAME-placement.');

/** What is. Written by the operator alone. */
export const forecastClusterStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .meta({ format: 'int64' })
      .describe('Generation of the spec that this status speaks of.'),
    version: text(64, 'Version that all pods run; during an update the one before.'),
    shards: count('Shards that own partitions.'),
    desiredShards: count('Shards wanted.'),
    selector: text(256, 'Label selector of the shards.'),
    lagSeconds: z.number().min(0).max(1e9).meta({ format: 'double' }).describe('Largest lag of a partition.'),
    placement,
    update,
    autoscaling,
    conditions: z
      .array(condition)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .describe('Conditions.'),
  })
  .partial()
  .describe('What is.');

export type ForecastClusterStatus = z.output<typeof forecastClusterStatus>;
export type Condition = z.output<typeof condition>;
export type ScalingDecision = z.output<typeof decision>;
export type ScalingStatus = z.output<typeof autoscaling>;
export type UpdateStatus = z.output<typeof update>;
export type PlacementStatus = z.output<typeof placement>;
