import { readFileSync } from 'node:fs';
import { parseDocument, stringify } from 'yaml';
import { type FieldViolation, IsothermError } from '../isotherm-error.ts';
import { type Config, type ConfigInput, configSchema } from './config-schema.ts';
import { explainIssues } from './explain-issues.ts';

/** A configuration, with and without defaults. */
export interface ReadConfig {
  readonly config: Config;
  /** What was written, checked. */
  readonly given: ConfigInput;
}

/** Reads a configuration file, JSON or YAML. @throws IsothermError CONFIG_INVALID naming file, keys, values and rules */
export function readConfigFile(path: string): ReadConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw invalid(`The configuration file ${path} cannot be read (${code}).`, [], cause);
  }
  return parseConfig(text, `The configuration file ${path}`);
}

/**
 * The configuration of a text, JSON or YAML 1.2; an empty text has all defaults.
 *
 * @param source what the text is, as the first words of an error
 * @throws IsothermError CONFIG_INVALID
 */
export function parseConfig(text: string, source: string): ReadConfig {
  const document = parseDocument(text, { uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw invalid(`${source} is neither YAML nor JSON: ${fault.message.split('\n')[0]?.replace(/:$/, '')}.`, [], fault);
  }
  const given: unknown = document.toJS() ?? {};
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return { config: parsed.data, given: given as ConfigInput };
  const violations = explainIssues(parsed.error.issues, given);
  throw invalid(`${source} cannot be used: ${violations.map((each) => each.description).join('; ')}.`, violations);
}

/** A configuration as YAML. */
export function formatConfig(config: Config): string {
  return stringify(config);
}

function invalid(message: string, violations: readonly FieldViolation[], cause?: unknown): IsothermError {
  return new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'CONFIG_INVALID',
    message,
    advice: '`isotherm config reference` describes every key.',
    violations,
    ...(cause !== undefined && { cause }),
  });
}
