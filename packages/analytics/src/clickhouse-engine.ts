import type { WrittenTable } from './schema/inserts.ts';
import type { TablePlace } from './schema/table-place.ts';

/** Values bound to a statement's `{name:Type}` parameters, never spliced into it. */
export type QueryParameters = Readonly<Record<string, string | number | readonly string[] | readonly number[]>>;

/** Limits of a read. */
export interface ReadOptions {
  readonly parameters?: QueryParameters;
  readonly signal?: AbortSignal | undefined;
}

/** What the store needs of a ClickHouse: in process or at the end of a URL. */
export interface ClickHouseEngine extends TablePlace {
  /** Nobody else can be using this database: left-over locks are nobody's, and this process knows of every write. */
  readonly exclusive: boolean;
  /** Rows of a SELECT, each an array of its columns. */
  read(statement: string, options?: ReadOptions): Promise<readonly (readonly unknown[])[]>;
  /** A statement without an answer; one that changes tables or what they hold, on every server that has them. */
  run(statement: string): Promise<void>;
  /** A long statement without an answer, beside inserts and reads. */
  maintain(statement: string): Promise<void>;
  /** Inserts blocks in Native format, given as pieces that follow one another. Resolves once they are durable. */
  insertNative(table: WrittenTable, pieces: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}
