import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IsothermError } from '../isotherm-error.ts';

/**
 * Reads secrets from files of a directory, as a Kubernetes secret is mounted. A line break at the end of a file is no
 * part of the secret.
 *
 * @param setting key of the configuration that names the directory
 * @throws IsothermError CREDENTIALS_INVALID naming setting and file; nothing of what the file holds
 */
export function readCredentials<Name extends string>(
  directory: string,
  setting: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const read = (name: Name): string => {
    const path = join(directory, name);
    let problem = 'is empty';
    try {
      const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if (text !== '') return text;
    } catch (cause) {
      problem = `cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)})`;
    }
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'CREDENTIALS_INVALID',
      message: `The file ${path} of ${setting} ${problem}.`,
      advice: `The directory must hold the files ${names.join(' and ')}.`,
      metadata: { setting },
    });
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Readonly<Record<Name, string>>;
}
