import { heldTable, spreadTables, type TablePlace } from './table-place.ts';
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
export interface MigrationContext extends TablePlace {
  readonly rawRetentionSeconds: number;
}

/** Steps in order of their versions. Never edited once released: what changes is a step of its own. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'minutes, observations and dead letters',
    statements: (context) => [
      cityMinutesTable(context),
      observationsTable(context, context.rawRetentionSeconds),
      deadLettersTable(context),
      ...spreadTables(context, ['city_minutes', 'observations', 'dead_letters']),
    ],
  },
  {
    version: 2,
    name: 'quarter-hours',
    statements: (context) => [
      cityQuarterHoursTable(context),
      quarterMarksTable(context),
      ...spreadTables(context, ['city_quarter_hours', 'quarter_marks']),
      `INSERT INTO ${context.database}.quarter_marks
        SELECT DISTINCT toStartOfInterval(minute, INTERVAL 15 MINUTE, 'UTC'), 1, 1 FROM ${context.database}.city_minutes`,
    ],
  },
  {
    version: 3,
    name: 'outcomes of dead letters',
    statements: (context) => [deadLetterOutcomesTable(context), ...spreadTables(context, ['dead_letter_outcomes'])],
  },
  {
    version: 4,
    name: 'what a merge replaced stays for a while',
    statements: (context) =>
      MERGED_TABLES.map((table) => `ALTER TABLE ${heldTable(context, table)} MODIFY SETTING ${REPLACED_PARTS_STAY}`),
  },
];
