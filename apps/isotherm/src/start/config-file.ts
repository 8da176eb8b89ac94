import { readFileSync } from 'node:fs';
import { IsothermError } from '@isotherm/service-kit';
import { type Command, InvalidArgumentError, type Option } from 'commander';

/**
 * Takes what neither a flag nor the environment has set from a JSON file, whose keys are the flags without dashes in
 * front: `{"api-port": 9090, "feed": false}`.
 *
 * @throws IsothermError naming the file, the key and the remedy.
 */
export function applyConfigFile(command: Command, path: string): void {
  const known = new Map(command.options.map((option) => [option.attributeName(), option]));
  for (const [key, value] of Object.entries(readConfig(path))) {
    const name = camelCase(key);
    const option = known.get(name);
    if (option === undefined || name === 'config') {
      const names = [...known.values()]
        .map((each) => each.name().replace(/^no-/, ''))
        .filter((each) => each !== 'config');
      throw invalid(path, `has the unknown setting "${key}"`, `Settings are ${names.join(', ')}.`);
    }
    if (command.getOptionValueSource(name) === 'cli' || command.getOptionValueSource(name) === 'env') continue;
    try {
      const parsed = settingOf(option, value);
      command.setOptionValueWithSource(name, parsed, 'config');
    } catch (cause) {
      const rule = cause instanceof Error ? cause.message : '';
      throw invalid(path, `sets "${key}" to ${JSON.stringify(value)}, which cannot be`, rule);
    }
  }
}

/** What a flag of the option would have made of it. */
function settingOf(option: Option, value: unknown): unknown {
  if (option.isBoolean() || option.negate) {
    if (typeof value === 'boolean') return value;
    throw new InvalidArgumentError('Write true or false.');
  }
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new InvalidArgumentError('Write a text or a number.');
  return option.parseArg === undefined ? String(value) : option.parseArg(String(value), undefined);
}

function readConfig(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw invalid(path, 'cannot be read as JSON', cause instanceof Error ? `${cause.message}.` : '');
  }
  throw invalid(path, 'does not hold a JSON object', 'Write settings as {"api-port": 9090}.');
}

function camelCase(key: string): string {
  return key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function invalid(path: string, problem: string, advice: string): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'CONFIG_FILE_INVALID',
    message: `The configuration file ${path} ${problem}.`,
    advice,
  });
}
