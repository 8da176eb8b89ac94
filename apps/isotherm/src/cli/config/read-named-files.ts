import { readAuthority, readCredentials, readTenantsFile, readTlsDirectory } from '@isotherm/service-kit';
import type { Config } from '@isotherm/service-kit/config';

const USER = ['username', 'password'];

/** Reads every file that a configuration names. @throws IsothermError for the first that cannot be used */
export function readNamedFiles({ log, checkpoints, analytics, tenants, tls }: Config): void {
  readSecrets(log?.kafka?.authentication, 'log.kafka.authentication', USER);
  readSecrets(checkpoints?.s3, 'checkpoints.s3', ['accessKeyId', 'secretAccessKey']);
  readSecrets(analytics?.clickHouse, 'analytics.clickHouse', USER);
  readAuthorityOf(log?.kafka?.tls, 'log.kafka.tls');
  readAuthorityOf(analytics?.clickHouse, 'analytics.clickHouse');
  if (tenants !== undefined) readTenantsFile(tenants.file);
  if (tls !== undefined) readTlsDirectory(tls.directory);
}

function readSecrets(
  section: { readonly credentialsDirectory: string } | undefined,
  key: string,
  names: readonly string[],
): void {
  if (section === undefined || section.credentialsDirectory === '') return;
  readCredentials(section.credentialsDirectory, `${key}.credentialsDirectory`, names);
}

function readAuthorityOf(section: { readonly caFile: string } | undefined, key: string): void {
  if (section !== undefined && section.caFile !== '') readAuthority(section.caFile, `${key}.caFile`);
}
