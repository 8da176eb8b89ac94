/** A ClickHouse cluster that tables are spread over. */
export interface AnalyticsCluster {
  /** Its name in the servers' remote_servers. */
  readonly name: string;
  /**
   * Whether its servers have Keeper: tables are replicated then, and changed on all servers by one statement. Otherwise
   * each server is a shard, and statements go to each address.
   */
  readonly replicated: boolean;
}

/** Where tables lie. */
export interface TablePlace {
  readonly database: string;
  /** Undefined for a single server. */
  readonly cluster?: AnalyticsCluster | undefined;
}

/** What rows are spread by: rows that replace each other have to meet on one shard. */
const SHARDED_BY = {
  city_minutes: 'cityHash64(city_id)',
  city_quarter_hours: 'cityHash64(city_id)',
  observations: 'cityHash64(city_id)',
  quarter_marks: 'cityHash64(quarter)',
  dead_letters: 'cityHash64(partition, offset, row)',
  dead_letter_outcomes: 'cityHash64(partition, offset, row)',
} as const;

/** Tables with rows of ours. */
export type SpreadTable = keyof typeof SHARDED_BY;

/** ` ON CLUSTER …` where one statement is for all servers, else nothing. */
export function onCluster({ cluster }: TablePlace): string {
  return cluster?.replicated ? ` ON CLUSTER ${quoted(cluster.name)}` : '';
}

/** The table that holds a server's rows, as the object of a statement that changes it. */
export function heldTable(place: TablePlace, table: SpreadTable): string {
  return `${place.database}.${heldName(place, table)}${onCluster(place)}`;
}

/** Engine of a table whose rows replace each other by `version`. */
export function replacing(place: TablePlace, table: string, version = ''): string {
  if (!place.cluster?.replicated) return `ReplacingMergeTree(${version})`;
  const path = `/clickhouse/tables/{shard}/${place.database}/${table}`;
  return `ReplicatedReplacingMergeTree('${path}', '{replica}'${version === '' ? '' : `, ${version}`})`;
}

/** Statements that make the tables through which a cluster's rows are read and written; none for a single server. */
export function spreadTables(place: TablePlace, tables: readonly SpreadTable[]): string[] {
  const { cluster, database } = place;
  if (cluster === undefined) return [];
  return tables.map((table) => {
    const held = heldName(place, table);
    return `CREATE TABLE IF NOT EXISTS ${database}.${table}${onCluster(place)} AS ${database}.${held}
      ENGINE = Distributed(${quoted(cluster.name)}, ${database}, ${held}, ${SHARDED_BY[table]})`;
  });
}

/** Source of a system table's rows on all servers. */
export function systemTable({ cluster }: TablePlace, table: string): string {
  return cluster === undefined ? `system.${table}` : `clusterAllReplicas(${quoted(cluster.name)}, system.${table})`;
}

function heldName({ cluster }: TablePlace, table: SpreadTable): string {
  return cluster === undefined ? table : `${table}_local`;
}

function quoted(name: string): string {
  return `'${name.replace(/['\\]/g, '\\$&')}'`;
}
