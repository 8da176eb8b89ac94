import { hostname } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RoleName } from './role-context.ts';
import type { RoleFlags } from './run-role.ts';

interface RoleDescription {
  readonly name: RoleName;
  readonly does: string;
  readonly serves: string;
  readonly port: number;
}

const DESCRIPTIONS: readonly RoleDescription[] = [
  {
    name: 'ingest',
    does: 'take observations over gRPC and append them to the log',
    serves: 'gRPC ingest',
    port: 50_051,
  },
  {
    name: 'compute',
    does: 'keep and answer the state of the partitions of one shard',
    serves: 'hot reads',
    port: 50_052,
  },
  { name: 'analytics', does: 'run a ClickHouse server for results', serves: "ClickHouse's HTTP", port: 8123 },
  { name: 'query', does: 'serve the public API and the dashboard', serves: 'the API', port: 8080 },
  {
    name: 'coordinator',
    does: 'give partitions to compute shards as they come and go',
    serves: 'coordination',
    port: 50_053,
  },
];

/** Adds `isotherm ingest`, `compute`, `analytics`, `query` and `coordinator`: services in processes of their own. */
export function addRoleCommands(program: Command): void {
  for (const { name, does, serves, port } of DESCRIPTIONS) {
    const command = program
      .command(name)
      .description(`${does}, as a service of its own`)
      .addOption(
        new Option('--config <file>', 'configuration of the platform, JSON or YAML')
          .env('ISOTHERM_CONFIG')
          .makeOptionMandatory(),
      )
      .addOption(
        new Option('--name <name>', 'name of this instance; of a compute shard, its name in the placement')
          .default(hostname(), 'the name of the host')
          .env('ISOTHERM_NAME'),
      )
      .addOption(
        new Option('--host <address>', 'interface all ports listen on').default('127.0.0.1').env('ISOTHERM_HOST'),
      )
      .addOption(
        new Option('--port <port>', `port of ${serves}`).default(port).env('ISOTHERM_PORT').argParser(portNumber),
      )
      .addOption(
        new Option('--metrics-port <port>', 'port of health and metrics')
          .default(9464)
          .env('ISOTHERM_METRICS_PORT')
          .argParser(portNumber),
      )
      .addOption(
        new Option('--log-level <level>', 'log lines on standard error; default what the configuration says')
          .choices(['debug', 'info', 'warn', 'error', 'silent'])
          .env('ISOTHERM_LOG_LEVEL'),
      )
      .addHelpText('after', '\nThe configuration: `isotherm config reference`, docs/operating/configuration.md.')
      .action(async (flags: RoleFlags) => {
        // Loaded here, so that help and refused flags do not wait for it.
        const { runRole } = await import('./run-role.ts');
        await runRole(name, flags);
      });
    if (name === 'compute') {
      command.addOption(
        new Option('--control-port <port>', 'port of control calls, which the coordinator makes')
          .default(50_054)
          .env('ISOTHERM_CONTROL_PORT')
          .argParser(portNumber),
      );
    }
  }
}

function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535 && text.trim() !== '') return value;
  throw new InvalidArgumentError('Give a whole number from 0 to 65535.');
}
