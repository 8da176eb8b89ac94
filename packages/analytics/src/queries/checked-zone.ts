import { IsothermError } from '@isotherm/service-kit';

/** The zone's name if the IANA database has it. @throws IsothermError ANALYTICS_TIME_ZONE */
export function checkedZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new IsothermError({
      code: 'INVALID_ARGUMENT',
      id: 'ANALYTICS_TIME_ZONE',
      message: `'${timeZone}' is not a time zone of the IANA database.`,
      advice: 'Use a name such as Europe/Berlin or UTC.',
      cause,
    });
  }
}
