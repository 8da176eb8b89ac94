import {
  cityMinutesTable,
  cityQuarterHoursTable,
  deadLetterOutcomesTable,
  deadLettersTable,
  MERGED_TABLES,
  observationsTable,
  quarterMarksTable,
  REPLACED_PARTS_STAY,
} from './tables.ts';

/** One step of the schema. Steps only add: a store of an older version goes on working on the newer schema. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Statements, each harmless when run again: a step interrupted half-way is run again whole. */
  readonly statements: (context: MigrationContext) => readonly string[];
}

/** What statements depend on. */
export interface MigrationContext {
  readonly database: string;
  readonly rawRetentionSeconds: number;
}

/** Steps in order of their versions. Never edited once released: what changes is a step of its own. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'minutes, observations and dead letters',
    statements: ({ database, rawRetentionSeconds }) => [
      cityMinutesTable(database),
      observationsTable(database, rawRetentionSeconds),
      deadLettersTable(database),
    ],
  },
  {
    version: 2,
    name: 'quarter-hours',
    statements: ({ database }) => [
      cityQuarterHoursTable(database),
      quarterMarksTable(database),
      `INSERT INTO ${database}.quarter_marks
        SELECT DISTINCT toStartOfInterval(minute, INTERVAL 15 MINUTE, 'UTC'), 1, 1 FROM ${database}.city_minutes`,
    ],
  },
  {
    version: 3,
    name: 'outcomes of dead letters',
    statements: ({ database }) => [deadLetterOutcomesTable(database)],
  },
  {
    version: 4,
    name: 'what a merge replaced stays for a while',
    statements: ({ database }) =>
      MERGED_TABLES.map((table) => `ALTER TABLE ${database}.${table} MODIFY SETTING ${REPLACED_PARTS_STAY}`),
  },
];
