import type { Logger } from '@isotherm/service-kit';

/** What the runtime writes to. */
export type RuntimeLogger = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
