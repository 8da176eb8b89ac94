import { existsSync } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createDurableFiles, type DurableFiles, type FileLayer } from '@isotherm/runtime/files';
import { IsothermError } from '@isotherm/service-kit';
import { systemDiskOf } from './free-space-watch.ts';

/** Version of the layout below; a directory of a newer one is refused. */
const FORMAT = 1;

/** The parts of a data directory. */
export interface DataDirectory {
  readonly root: string;
  readonly log: string;
  readonly checkpoints: string;
  readonly analytics: string;
  /** Files under way to the analytical store; emptied at every start. */
  readonly scratch: string;
  /** Partitions and formula it was made with. */
  readonly settings: DataDirectorySettings;
  /** Whether this start made it. */
  readonly isNew: boolean;
}

/** What cannot change once there is data. */
export interface DataDirectorySettings {
  readonly partitions: number;
  readonly formula: 'NWS' | 'ROTHFUSZ';
}

interface Marker extends DataDirectorySettings {
  readonly format: number;
}

/**
 * Opens the data directory, making it if need be. `layer` is the system's but in tests.
 * @throws IsothermError with one sentence and the remedy.
 */
export async function openDataDirectory(
  path: string,
  wanted: DataDirectorySettings,
  layer?: FileLayer,
): Promise<DataDirectory> {
  const files = createDurableFiles(layer);
  const root = resolve(path);
  await files.makeDirectories(root).catch((cause: unknown) => {
    throw unwritable(root, cause);
  });
  await access(root, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unwritable(root, cause);
  });
  await requireSpace(root);
  const markerPath = join(root, 'isotherm.json');
  const found = await readMarker(markerPath);
  const { partitions, formula } = wanted;
  if (found === undefined) await writeMarker(files, markerPath, { format: FORMAT, partitions, formula });
  else requireReadable(root, found, wanted);
  return {
    root,
    log: join(root, 'log'),
    checkpoints: join(root, 'checkpoints'),
    analytics: join(root, 'analytics'),
    scratch: join(root, 'scratch'),
    settings: { partitions, formula },
    isNew: found === undefined,
  };
}

/** Free bytes without which a part cannot start: it would leave half-written files, or end without a sentence. */
const NEEDED_BYTES = { log: 4 << 20, checkpoints: 4 << 20, analytics: 32 << 20 } as const;

/** Each part may be on a disk of its own. */
async function requireSpace(root: string): Promise<void> {
  for (const [part, neededBytes] of Object.entries(NEEDED_BYTES)) {
    const directory = existsSync(join(root, part)) ? join(root, part) : root;
    const { freeBytes } = await systemDiskOf(directory);
    if (freeBytes < neededBytes) throw diskFull(directory, part, { freeBytes, neededBytes });
  }
}

function diskFull(
  directory: string,
  part: string,
  { freeBytes, neededBytes }: { readonly freeBytes: number; readonly neededBytes: number },
): IsothermError {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return new IsothermError({
    code: 'RESOURCE_EXHAUSTED',
    id: 'DISK_FULL',
    message: `The disk of ${directory} has ${megabytes(freeBytes)} free, and to start ${part} needs ${megabytes(neededBytes)}; nothing was changed.`,
    advice: 'Free space on that disk and start again: everything acked is kept. Or name another data directory.',
    metadata: { directory, freeBytes: String(freeBytes), neededBytes: String(neededBytes) },
  });
}

async function readMarker(path: string): Promise<Marker | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unwritable(path, error);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Marker;
  } catch (cause) {
    throw new IsothermError({
      code: 'DATA_LOSS',
      id: 'DATA_DIRECTORY_DAMAGED',
      message: `${path} is not readable JSON; log, checkpoints and results beside it are untouched.`,
      advice: `Write it again as {"format":${FORMAT},"partitions":64,"formula":"NWS"} with the partitions and formula the directory was made with, or restore it from a backup.`,
      cause,
    });
  }
}

async function writeMarker(files: DurableFiles, path: string, marker: Marker): Promise<void> {
  await files.replace(path, Buffer.from(`${JSON.stringify(marker)}\n`)).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

function requireReadable(root: string, found: Marker, wanted: DataDirectorySettings): void {
  if (found.format > FORMAT) {
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'DATA_DIRECTORY_NEWER',
      message: `${root} was written by a newer Isotherm (format ${found.format}, this one reads ${FORMAT}).`,
      advice: 'Start the newer version, or name another data directory with --data-dir.',
    });
  }
  for (const key of ['partitions', 'formula'] as const) {
    if (found[key] === wanted[key]) continue;
    throw new IsothermError({
      code: 'FAILED_PRECONDITION',
      id: 'DATA_DIRECTORY_SETTINGS',
      message: `${root} was made with ${key} ${found[key]}, not ${wanted[key]}: results depend on it.`,
      advice: `Start with --${key} ${found[key]}, or name another data directory with --data-dir.`,
    });
  }
}

function unwritable(path: string, cause: unknown): IsothermError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'DATA_DIRECTORY_UNWRITABLE',
    message: `The data directory ${path} cannot be written (${reason}).`,
    advice:
      reason === 'ENOSPC'
        ? 'Free space on its disk, or name another one with --data-dir.'
        : 'Give this user write access, or name another one with --data-dir.',
    cause,
  });
}
