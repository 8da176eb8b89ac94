import { IsothermError } from '../isotherm-error.ts';
import type { Config } from './config-schema.ts';

/** Sections that a role may need, with what they say. */
const SECTIONS = {
  log: 'where accepted observations are kept (log.embedded or log.kafka)',
  checkpoints: 'where the state of partitions is kept (checkpoints.directory or checkpoints.s3)',
  analytics: 'where results are kept (analytics.clickHouse)',
  analyticsServer: 'where its ClickHouse server keeps everything (analyticsServer.directory)',
  placement: 'which shard owns which partition (placement.coordinator, placement.file or placement.static)',
  tls: 'certificates (tls.directory)',
} as const;

type Section = keyof typeof SECTIONS;

/** A configuration that has these sections. */
export type ConfigWith<Key extends Section> = Config & { readonly [Name in Key]-?: NonNullable<Config[Name]> };

/** The configuration, if it has what a role needs. @throws IsothermError CONFIG_INCOMPLETE naming role and sections */
export function requireSections<Key extends Section>(
  config: Config,
  role: string,
  sections: readonly Key[],
): ConfigWith<Key> {
  const missing = sections.filter((section) => config[section] === undefined);
  if (missing.length === 0) return config as ConfigWith<Key>;
  throw new IsothermError({
    code: 'INVALID_ARGUMENT',
    id: 'CONFIG_INCOMPLETE',
    message: `isotherm ${role} needs in its configuration ${missing.map((section) => `${section}: ${SECTIONS[section]}`).join('; ')}.`,
    advice: 'Give the file with --config; `isotherm config reference` describes every key.',
    violations: missing.map((section) => ({ field: section, description: `It says ${SECTIONS[section]}.` })),
  });
}
