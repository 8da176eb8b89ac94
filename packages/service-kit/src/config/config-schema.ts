import { z } from 'zod';
import { busConfig } from './bus-config.ts';
import { dnsLabel, hostPort, optionalHttpUrl, path, whole } from './config-values.ts';
import { logConfig } from './log-config.ts';
import { placementConfig } from './placement-config.ts';
import { analyticsConfig, analyticsServerConfig, checkpointsConfig } from './store-configs.ts';

/** The configuration file, the same for all roles: docs/adr/0016. A key without a default may be left out where no role that needs it runs. */
export const configSchema = z.strictObject({
  name: dnsLabel().default('isotherm').describe('Name of the platform, in metrics and traces.'),
  partitions: whole(1, 4096).default(64).describe('Partitions of the log. Fixed when the log is made.'),
  formula: z
    .enum(['NWS', 'ROTHFUSZ'])
    .default('NWS')
    .describe('Formula of the heat index. Fixed when the log is made.'),
  windows: z
    .strictObject({
      outOfOrdernessSeconds: whole(0, 3600)
        .default(5)
        .describe('How far the watermark of a city trails its newest observation.'),
      allowedLatenessSeconds: whole(0, 7200)
        .default(3600)
        .describe(
          'How long a minute can be corrected after the watermark has passed it: at most the two hours that compute keeps whole.',
        ),
      rollingMinutes: z
        .array(z.int())
        .refine((minutes) => minutes.join() === '5,60,1440')
        .meta({ rule: '[5, 60, 1440]: other rolling windows are not there yet' })
        .default([5, 60, 1440])
        .describe('Lengths of the rolling windows.'),
    })
    .prefault({})
    .describe('Windows. Fixed when the log is made.'),
  log: logConfig.optional().describe('Where accepted observations are kept until they are stored.'),
  checkpoints: checkpointsConfig.optional().describe('Where the state of partitions is kept.'),
  analytics: analyticsConfig.optional().describe('Where results are kept for years.'),
  analyticsServer: analyticsServerConfig.optional().describe('The ClickHouse server that `isotherm analytics` runs.'),
  placement: placementConfig.optional().describe('Which shard owns which partition.'),
  compute: z
    .strictObject({
      standbys: whole(0, 3).default(0).describe('Shards that follow each partition besides its owner.'),
      failoverAfterSeconds: whole(2, 3600).default(15).describe('Silence after which a shard counts as dead.'),
      handOffTimeoutSeconds: whole(1, 3600).default(60).describe('Longest time a partition may take to move.'),
    })
    .prefault({})
    .describe('How partitions move between shards.'),
  bus: busConfig.optional().describe('Topics of Apache Kafka that the platform shares with others.'),
  ingests: z
    .array(hostPort())
    .default([])
    .describe('Ingests (host:port) to which query sends replays of dead letters.'),
  tenants: z
    .strictObject({ file: path().describe('JSON file of tenants: docs/operating/limits.md.') })
    .optional()
    .describe('Who may call, and how much they may send. Default: everybody, without a token.'),
  tls: z
    .strictObject({
      directory: path().describe('Directory with `tls.crt`, `tls.key` and `ca.crt`, the authority of the platform.'),
    })
    .optional()
    .describe('TLS of all ports but health and metrics, and between services. Default: plain text.'),
  otlpEndpoint: optionalHttpUrl().describe("Base URL of an OTLP/HTTP receiver of traces; '' for none."),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Log lines from this level on, on standard error.'),
});

/** The configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;

/** The configuration as it is written. */
export type ConfigInput = z.input<typeof configSchema>;
