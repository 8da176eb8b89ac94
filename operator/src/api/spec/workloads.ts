import * as z from 'zod';
import { group, withRules } from '../rules.ts';
import { resources } from './resources.ts';

/** A component without state, behind a Deployment. */
export function stateless(name: 'ingest' | 'query', description: string) {
  return withRules(
    group(
      {
        scaling: z
          .enum(['Fixed', 'HPA'])
          .default('Fixed')
          .describe('Fixed: replicas rules. HPA: a HorizontalPodAutoscaler owns the number of pods.'),
        replicas: z.int().min(1).max(100).default(2).describe('Pods; with HPA the fewest.'),
        maxReplicas: z.int().min(1).max(100).default(10).describe('Most pods with HPA.'),
        targetCpuPercent: z
          .int()
          .min(10)
          .max(95)
          .default(70)
          .describe('With HPA: processor time to aim for, in percent of the request.'),
        resources: resources(`spec.${name}.resources`, { cpu: '100m', memory: '256Mi' }),
      },
      description,
    ),
    {
      rule: "self.scaling != 'HPA' || self.replicas <= self.maxReplicas",
      says: `spec.${name}.replicas is {self.replicas}, above maxReplicas {self.maxReplicas} of the HPA: lower it or raise maxReplicas`,
    },
  );
}

/** The pods that hold state. */
export const compute = group(
  {
    shards: z
      .int()
      .min(1)
      .max(64)
      .default(3)
      .describe('Pods that own partitions. With spec.autoscaling.mode Auto: the number to start with.'),
    standbys: z.int().min(0).max(3).default(0).describe('Warm copies of each partition on other shards.'),
    failoverAfterSeconds: z
      .int()
      .min(5)
      .max(600)
      .default(15)
      .describe('Silence after which a shard counts as dead and its partitions move.'),
    handOffTimeoutSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(60)
      .describe('Time that a moving partition may take before the status says so.'),
    resources: resources('spec.compute.resources', { cpu: '200m', memory: '512Mi' }),
  },
  'Shards: pods that own partitions and compute.',
);

/** How the number of shards follows the load. */
export const autoscaling = withRules(
  group(
    {
      mode: z
        .enum(['Off', 'DryRun', 'Auto'])
        .default('DryRun')
        .describe(
          'Off: spec.compute.shards rules. DryRun: it rules, and the status says what Auto would do. Auto: load and lag rule.',
        ),
      minShards: z.int().min(1).max(64).default(1).describe('Fewest shards.'),
      maxShards: z.int().min(1).max(64).default(16).describe('Most shards.'),
      targetUtilizationPercent: z
        .int()
        .min(10)
        .max(95)
        .default(70)
        .describe('Share of its capacity that a shard is to use.'),
      lagTargetSeconds: z.int().min(1).max(3600).default(10).describe('Lag that is all right.'),
      catchUpSeconds: z.int().min(10).max(86_400).default(600).describe('Time in which a backlog is to be worked off.'),
      scaleDownStabilizationSeconds: z
        .int()
        .min(0)
        .max(86_400)
        .default(1800)
        .describe('Shards are removed only by the highest recommendation of this long.'),
      pauseUp: z.boolean().default(false).describe('Adds no shards.'),
      pauseDown: z.boolean().default(false).describe('Removes no shards.'),
    },
    'How the number of shards follows the load.',
  ),
  {
    rule: 'self.minShards <= self.maxShards',
    says: 'spec.autoscaling.minShards is {self.minShards}, above maxShards {self.maxShards}: lower it or raise maxShards',
  },
);

/** How a new version is rolled out. */
export const update = withRules(
  group(
    {
      canarySeconds: z.int().min(0).max(86_400).default(120).describe('Time that the first updated shard is watched.'),
      progressDeadlineSeconds: z
        .int()
        .min(10)
        .max(86_400)
        .default(600)
        .describe('Time in which an updated pod must be ready; after it the update stops and is rolled back.'),
    },
    'How a new version is rolled out.',
  ),
  {
    rule: 'self.canarySeconds < self.progressDeadlineSeconds',
    says: 'spec.update.canarySeconds is {self.canarySeconds}, not below progressDeadlineSeconds {self.progressDeadlineSeconds}: lower it, or the canary is never found good in time',
  },
);
