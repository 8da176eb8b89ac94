import * as z from 'zod';
import { group, immutable, withRules } from './rules.ts';
import { log } from './spec/log.ts';
import { image, monitoring, networkPolicy, podTemplate, route, tls } from './spec/pods.ts';
import { analytics, checkpoints, tenants } from './spec/storage.ts';
import { autoscaling, compute, stateless, update } from './spec/workloads.ts';

const windows = immutable(
  withRules(
    group(
      {
        outOfOrdernessSeconds: z
          .int()
          .min(0)
          .max(3600)
          .default(5)
          .describe('How far a city’s readings may be out of order.'),
        allowedLatenessSeconds: z
          .int()
          .min(0)
          .max(7200)
          .default(3600)
          .describe('How late a reading still corrects its minute.'),
        rollingMinutes: z
          .array(z.int().min(1).max(1440))
          .min(1)
          .max(8)
          .default([5, 60, 1440])
          .meta({ 'x-kubernetes-list-type': 'set' })
          .describe('Lengths of the rolling windows.'),
      },
      'Windows of the results. Cannot change.',
    ),
    {
      rule: 'self.outOfOrdernessSeconds <= self.allowedLatenessSeconds',
      says: 'spec.windows.outOfOrdernessSeconds is {self.outOfOrdernessSeconds}, above allowedLatenessSeconds {self.allowedLatenessSeconds}: lower it or raise allowedLatenessSeconds',
    },
  ),
  'spec.windows',
  'results already written were computed with them',
);

/** What a user asks for. The only source: types, defaults, the CRD and the operator's own parsing come from it. */
export const forecastClusterSpec = withRules(
  z
    .object({
      version: z
        .string()
        .min(5)
        .max(64)
        .regex(/^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/)
        .describe('Version of Isotherm to run, as in 0.1.0. Selects the image.'),
      image,
      paused: z
        .boolean()
        .default(false)
        .describe('Stops changes of workloads, scaling and upgrades; not the failover of dead shards.'),
      deletionPolicy: z
        .enum(['Retain', 'Delete'])
        .default('Retain')
        .describe(
          'What becomes of checkpoints and of the analytics volume when this object is deleted. The topic is always kept.',
        ),
      partitions: immutable(
        z.int().min(1).max(4096).default(64),
        'spec.partitions',
        'it decides where every city’s data is',
      ).describe(
        'Partitions of the log: at least as many as shards will ever be wanted, better 16 for each. Cannot change.',
      ),
      windows,
      formula: immutable(
        z.enum(['NWS', 'ROTHFUSZ']).default('NWS'),
        'spec.formula',
        'results already written were computed with it',
      ).describe('Heat-index formula. Cannot change.'),
      log,
      checkpoints,
      analytics,
      tenants,
      networkPolicy,
      tls,
      route,
      ingest: stateless('ingest', 'Pods that take observations in.'),
      query: stateless('query', 'Pods that answer reads and serve the dashboard.'),
      compute,
      autoscaling,
      update,
      podTemplate,
      monitoring,
      otlpEndpoint: withRules(
        z
          .string()
          .max(512)
          .default('')
          .describe('URL of an OpenTelemetry receiver (OTLP over HTTP). Empty: no traces.'),
        {
          rule: "self == '' || self.matches('^https?://[^/ ]+(/.*)?$')",
          says: 'spec.otlpEndpoint is "{self}", which is not a URL: write it as in http://otel-collector:4318',
        },
      ),
    })
    .describe('What is wanted.'),
  {
    rule: 'self.compute.shards <= self.partitions',
    says: 'spec.compute.shards is {self.compute.shards}, above spec.partitions {self.partitions}: a shard without a partition does nothing. Lower it',
  },
  {
    rule: "self.autoscaling.mode == 'Off' || self.autoscaling.maxShards <= self.partitions",
    says: 'spec.autoscaling.maxShards is {self.autoscaling.maxShards}, above spec.partitions {self.partitions}: a shard without a partition does nothing. Lower it',
  },
  {
    rule: "self.autoscaling.mode != 'Auto' || (self.compute.shards >= self.autoscaling.minShards && self.compute.shards <= self.autoscaling.maxShards)",
    says: 'spec.compute.shards is {self.compute.shards}, outside spec.autoscaling.minShards {self.autoscaling.minShards} to maxShards {self.autoscaling.maxShards} while the mode is Auto: choose one inside',
  },
  {
    rule: 'self.compute.standbys < self.compute.shards',
    says: 'spec.compute.standbys is {self.compute.standbys}, not below spec.compute.shards {self.compute.shards}: each copy of a partition needs a shard of its own. Lower it or add shards',
  },
  {
    rule: 'self.checkpoints.intervalSeconds <= self.windows.allowedLatenessSeconds || self.windows.allowedLatenessSeconds == 0',
    says: 'spec.checkpoints.intervalSeconds is {self.checkpoints.intervalSeconds}, above spec.windows.allowedLatenessSeconds {self.windows.allowedLatenessSeconds}: recovery would replay longer than readings may be late. Lower it',
  },
  {
    rule: "oldSelf.autoscaling.mode != 'Auto' || self.autoscaling.mode != 'Auto' || self.compute.shards == oldSelf.compute.shards",
    says: 'spec.compute.shards cannot change from {oldSelf.compute.shards} to {self.compute.shards} while spec.autoscaling.mode is Auto, which decides the number: set the mode to Off or DryRun first',
  },
);

/** The spec with every default filled in. */
export type ForecastClusterSpec = z.output<typeof forecastClusterSpec>;
/** The spec as a user writes it. */
export type ForecastClusterSpecInput = z.input<typeof forecastClusterSpec>;
