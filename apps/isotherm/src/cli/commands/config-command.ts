import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { jsonOption } from '../shared-options.ts';

interface FileFlags {
  readonly config: string;
}

/** Adds `isotherm config print|check|reference`. What reads configurations is loaded when one is. */
export function addConfigCommand(program: Command, { terminal }: CliContext): void {
  const command = program.command('config').description('the configuration file of separate services');
  command
    .command('print')
    .description('the configuration with all defaults filled in')
    .addOption(fileOption())
    .addOption(jsonOption())
    .action(async ({ config: path, json }: FileFlags & { readonly json?: boolean }) => {
      const { formatConfig, readConfigFile } = await import('@isotherm/service-kit/config');
      const { config } = readConfigFile(path);
      terminal.out(json ? `${JSON.stringify(config, null, 2)}\n` : formatConfig(config));
    });
  command
    .command('check')
    .description('reads the configuration and every file that it names; exit code 1 when something is wrong')
    .addOption(fileOption())
    .action(async ({ config: path }: FileFlags) => {
      const { readConfigFile } = await import('@isotherm/service-kit/config');
      const { readNamedFiles } = await import('../config/read-named-files.ts');
      readNamedFiles(readConfigFile(path).config);
      terminal.out(`${path} is valid.\n`);
    });
  command
    .command('reference')
    .description('every key: what it must be, its default and what it does')
    .option('--json-schema', 'JSON Schema instead of a table, for editors')
    .action(async ({ jsonSchema }: { readonly jsonSchema?: boolean }) => {
      const { configJsonSchema, configReference } = await import('@isotherm/service-kit/config');
      terminal.out(`${jsonSchema ? JSON.stringify(configJsonSchema(), null, 2) : configReference()}\n`);
    });
}

function fileOption(): Option {
  return new Option('--config <file>', 'configuration file, JSON or YAML').env('ISOTHERM_CONFIG').makeOptionMandatory();
}
