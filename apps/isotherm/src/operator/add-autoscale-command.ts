import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { CliContext } from '../cli/cli-context.ts';
import { integer } from '../cli/shared-options.ts';

interface SimulateFlags {
  readonly trace: string;
  readonly shardRate: number;
  readonly partitions: number;
  readonly minShards: number;
  readonly maxShards: number;
  readonly utilization: number;
  readonly lagTarget: number;
  readonly catchUp: number;
  readonly stabilization: number;
  readonly policy: 'isotherm' | 'flink' | 'keda' | 'hpa';
}

/** Adds `isotherm autoscale simulate`: what a policy would have done on a recorded load. */
export function addAutoscaleCommand(program: Command, { terminal }: CliContext): void {
  program
    .command('autoscale')
    .description('decisions about the number of shards')
    .command('simulate')
    .description('what a policy would have done on a recorded load: changes, lag and cost, before it is applied')
    .requiredOption('--trace <file>', 'lines of seconds,observationsPerSecond')
    .addOption(number('--shard-rate <n>', 'observations a second that one shard takes', 5_000, 1, 1e9))
    .addOption(number('--partitions <n>', 'spec.partitions', 64, 1, 4_096))
    .addOption(number('--min-shards <n>', 'spec.autoscaling.minShards', 1, 1, 64))
    .addOption(number('--max-shards <n>', 'spec.autoscaling.maxShards', 16, 1, 64))
    .addOption(number('--utilization <percent>', 'spec.autoscaling.targetUtilizationPercent', 70, 10, 95))
    .addOption(number('--lag-target <seconds>', 'spec.autoscaling.lagTargetSeconds', 10, 1, 3_600))
    .addOption(number('--catch-up <seconds>', 'spec.autoscaling.catchUpSeconds', 600, 10, 86_400))
    .addOption(number('--stabilization <seconds>', 'spec.autoscaling.scaleDownStabilizationSeconds', 1_800, 0, 86_400))
    .addOption(
      new Option(
        '--policy <name>',
        'whose rules: ours, or for comparison those of the Flink operator, of KEDA or an HPA',
      )
        .choices(['isotherm', 'flink', 'keda', 'hpa'])
        .default('isotherm'),
    )
    .action(async (flags: SimulateFlags) => {
      const { createPolicy, formatRun, recordedTrace, simulateScaling } = await import('@isotherm/operator/autoscaler');
      const policy = {
        minShards: flags.minShards,
        maxShards: Math.max(flags.minShards, flags.maxShards),
        targetUtilizationPercent: flags.utilization,
        lagTargetSeconds: flags.lagTarget,
        catchUpSeconds: flags.catchUp,
        scaleDownStabilizationSeconds: flags.stabilization,
        pauseUp: false,
        pauseDown: false,
      };
      const options = { policy, partitions: flags.partitions, capacity: flags.shardRate };
      const trace = recordedTrace(readFileSync(flags.trace, 'utf8'));
      terminal.out(formatRun(simulateScaling(trace, createPolicy(flags.policy), options)));
    });
}

function number(flags: string, description: string, value: number, min: number, max: number): Option {
  return new Option(flags, description).default(value).argParser(integer(min, max));
}
