import { IsothermError } from '@isotherm/service-kit';
import { isIncarnation } from '../incarnation.ts';
import type { CommitStore } from './commit-store.ts';

/** Version of the layout in the directory. */
export const LOG_FORMAT_VERSION = 2;

const FACT = 'log';

/** What stays the same for a log's life. */
export interface LogFacts {
  readonly formatVersion: number;
  readonly incarnation: string;
  readonly partitionCount: number;
  /** Bytes of the settings, base64. */
  readonly settings: string;
}

/** The facts of the log in a directory, or undefined if there is none yet. @throws LOG_FORMAT, LOG_PARTITION_COUNT */
export function readLogFacts(store: CommitStore, path: string, partitionCount: number): LogFacts | undefined {
  const text = store.fact(FACT);
  if (text === undefined) return undefined;
  const facts = JSON.parse(text) as LogFacts;
  if (facts.formatVersion !== LOG_FORMAT_VERSION) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'LOG_FORMAT',
      message: `The log in ${path} has format ${facts.formatVersion}; this release reads format ${LOG_FORMAT_VERSION}.`,
      advice: 'Start the release that wrote it, or choose another data directory.',
      metadata: { found: String(facts.formatVersion), supported: String(LOG_FORMAT_VERSION) },
    });
  }
  if (!isIncarnation(facts.incarnation)) throw new Error(`The log in ${path} has no valid incarnation`);
  if (facts.partitionCount !== partitionCount) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'LOG_PARTITION_COUNT',
      message: `The log in ${path} has ${facts.partitionCount} partitions, not ${partitionCount}: the count is fixed when a log is made.`,
      advice: `Set the partition count to ${facts.partitionCount}, or choose another data directory.`,
      metadata: { setting: 'partitionCount', found: String(facts.partitionCount), wanted: String(partitionCount) },
    });
  }
  return facts;
}

/** The facts of a new log, to be stored. */
export function newLogFacts(facts: Omit<LogFacts, 'formatVersion'>): [string, string] {
  return [FACT, JSON.stringify({ formatVersion: LOG_FORMAT_VERSION, ...facts } satisfies LogFacts)];
}
