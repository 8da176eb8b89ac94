import { existsSync, readFileSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { CliError } from './cli-error.ts';

/** Names that hold a command's own options. */
const COMMANDS: readonly string[] = [
  'start',
  'current',
  'forecast',
  'history',
  'top',
  'status',
  'send',
  'feed',
  'compare',
];

/** Read where no `--config` is given. */
const DEFAULT_FILE = 'isotherm.json';

/**
 * Sets what flags and environment left open from a JSON file: top-level keys hold for every command that has such an
 * option, keys under a command's name for that command.
 *
 * @throws CliError naming the file and the key
 */
export function applyConfigFile(program: Command, command: Command): void {
  const named = program.opts<{ config?: string }>().config;
  const path = named ?? DEFAULT_FILE;
  if (named === undefined && !existsSync(path)) return;
  const config = readConfig(path);
  const commands = new Set(COMMANDS);
  const everyCommandLoaded = COMMANDS.every((name) => program.commands.some((other) => other.name() === name));
  const own = config[command.name()];
  const shared = Object.entries(config).filter(([key]) => !commands.has(key));
  for (const [key, value] of shared) {
    const found = command.options.find((option) => option.attributeName() === key);
    const known = program.commands.some((other) => other.options.some((option) => option.attributeName() === key));
    if (found !== undefined) set(command, found, value, path);
    else if (everyCommandLoaded && !known) {
      throw new CliError(`${path} has '${key}', which no command takes; \`isotherm --help\` lists them.`);
    }
  }
  for (const [key, value] of Object.entries(isRecord(own) ? own : {})) {
    const found = command.options.find((option) => option.attributeName() === key);
    if (found === undefined) {
      throw new CliError(
        `${path} has '${command.name()}.${key}', which \`isotherm ${command.name()} --help\` does not list.`,
      );
    }
    set(command, found, value, path);
  }
}

function set(command: Command, option: Option, value: unknown, path: string): void {
  const name = option.attributeName();
  const source = command.getOptionValueSource(name);
  if (source === 'cli' || source === 'env') return;
  command.setOptionValueWithSource(name, parsed(option, value, path), 'config');
}

function parsed(option: Option, value: unknown, path: string): unknown {
  if (typeof value === 'boolean' && (option.isBoolean() || option.negate)) return value;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new CliError(`${path}: '${option.attributeName()}' is ${JSON.stringify(value)}; give text or a number.`);
  }
  const text = String(value);
  try {
    if (option.argChoices !== undefined && !option.argChoices.includes(text)) {
      throw new Error(`Give one of ${option.argChoices.join(', ')}.`);
    }
    return option.parseArg === undefined ? text : option.parseArg(text, undefined as never);
  } catch (error) {
    throw new CliError(`${path}: '${option.attributeName()}' is ${JSON.stringify(value)}. ${(error as Error).message}`);
  }
}

function readConfig(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new CliError(`Cannot read the configuration file ${path}.`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Told below, with the remedy.
  }
  throw new CliError(`${path} is no JSON object; write options as in {"api": "http://127.0.0.1:8080"}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
