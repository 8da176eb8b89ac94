import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';

/** The table that is made before all others, and holds nothing worth keeping. */
const LOCK_DEFINITION = 'schema_lock.sql';
/** Name of a directory of rows, as in 202611_1_24_3. */
const PART = /_\d+_\d+_\d+(_\d+)?$/;

/**
 * Removes table definitions without a byte. A full disk or a loss of power leaves one where a table was being made; the
 * table was never there, and the engine would never open again.
 *
 * @throws ANALYTICS_METADATA_DAMAGED if there are rows already, which may be those of the table.
 */
export function removeEmptyMetadata(path: string): void {
  const store = join(path, 'store');
  const files = [...definitionsBelow(join(path, 'metadata'), 1), ...definitionsBelow(store, 2)];
  for (const file of files) {
    if (statSync(file).size > 0) continue;
    const isLock = basename(file) === LOCK_DEFINITION || file.endsWith('.tmp');
    if (!isLock && existsSync(store) && readdirSync(store, { recursive: true, encoding: 'utf8' }).some(isPart)) {
      throw metadataDamaged(file);
    }
    rmSync(file);
  }
}

function isPart(path: string): boolean {
  return PART.test(path);
}

function metadataDamaged(file: string): IsothermError {
  return new IsothermError({
    code: 'DATA_LOSS',
    id: 'ANALYTICS_METADATA_DAMAGED',
    message: `The definition of a table of the analytical store, ${file}, is empty.`,
    advice:
      "Restore it from a backup. Without one, move the directory 'analytics' away and start: what log and state still have is not written again.",
    metadata: { file },
  });
}

/** Definitions lie beside each other, above the data of their tables: nothing deeper is looked at. */
function definitionsBelow(directory: string, depth: number): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const at = join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? definitionsBelow(at, depth - 1) : [];
    return entry.isFile() && /\.sql(\.tmp)?$/.test(entry.name) ? [at] : [];
  });
}
