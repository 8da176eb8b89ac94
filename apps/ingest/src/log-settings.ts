import { decodeResultSettings, type ResultSettings } from '@isotherm/records';
import { IsothermError } from '@isotherm/service-kit';

/**
 * Checks that a log was made with the settings that are expected, as far as they are given.
 * @throws LOG_SETTINGS_DIFFER that names the first one that differs
 */
export function requireLogSettings(bytes: Uint8Array, expected: Partial<ResultSettings>): void {
  const names = Object.keys(expected) as (keyof ResultSettings)[];
  if (names.length === 0) return;
  const settings = decodeResultSettings(bytes);
  for (const name of names) {
    const [found, wanted] = [JSON.stringify(settings[name]), JSON.stringify(expected[name])];
    if (wanted === undefined || found === wanted) continue;
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'LOG_SETTINGS_DIFFER',
      message: `The log was made with ${name} ${found}, this process is to work with ${wanted}: settings are fixed when a log is made.`,
      advice: `Set ${name} to ${found}, or start with another log.`,
      metadata: { setting: name, found, wanted },
    });
  }
}

/** When a log's owner finds a row late; never, for all that is known, where the log has no settings. */
export function latenessOf(bytes: Uint8Array): Pick<ResultSettings, 'outOfOrdernessMs' | 'allowedLatenessMs'> {
  if (bytes.length > 0) return decodeResultSettings(bytes);
  return { outOfOrdernessMs: 0, allowedLatenessMs: Number.POSITIVE_INFINITY };
}
