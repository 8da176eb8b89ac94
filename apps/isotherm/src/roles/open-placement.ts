import { readFile, stat } from 'node:fs/promises';
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { PlacementTableSchema } from '@isotherm/contracts/compute/v1/control_service';
import { createPlacement, createPlacementHolder, type Placement, type PlacementSource } from '@isotherm/placement';
import { placementFromMessage } from '@isotherm/placement/message';
import { type ConfigWith, IsothermError, type Logger } from '@isotherm/service-kit';

/** A placement, and what ends following it. */
export interface OpenPlacement {
  readonly source: PlacementSource;
  close(): void;
}

const LOOK_EVERY_MS = 1000;

/** The placement of a configuration's `placement` section. @throws IsothermError PLACEMENT_FILE_INVALID */
export async function openPlacement(
  { placement, partitions }: ConfigWith<'placement'>,
  { logger }: { readonly logger: Logger },
): Promise<OpenPlacement> {
  const { coordinator, file, static: fixed } = placement;
  if (fixed !== undefined) {
    const table = createPlacement({ shards: fixed.shards.map(({ name }) => name), partitionCount: partitions });
    const endpoints = fixed.shards.map(({ address }) => ({ address, controlAddress: '' }));
    return { source: createPlacementHolder({ ...table, endpoints }), close: () => undefined };
  }
  if (file !== undefined) return await followFile(file, partitions, logger);
  throw new Error(`Nothing to open: the coordinator at ${coordinator} keeps the placement.`);
}

/** Follows a file whose content is replaced, as that of a mounted ConfigMap is. What cannot be read leaves the table as it was. */
async function followFile(path: string, partitionCount: number, logger: Logger): Promise<OpenPlacement> {
  const holder = createPlacementHolder(await readTable(path, partitionCount));
  let readMs = (await stat(path)).mtimeMs;
  let reading = false;
  async function look(): Promise<void> {
    const { mtimeMs } = await stat(path);
    if (mtimeMs === readMs) return;
    const table = await readTable(path, partitionCount);
    readMs = mtimeMs;
    if (holder.update(table)) logger.info({ path, epoch: table.epoch }, 'Placement changed');
  }
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    look()
      .catch((error: unknown) =>
        logger.warn({ err: error, path, advice: 'The table before it stands.' }, 'Placement could not be read'),
      )
      .finally(() => {
        reading = false;
      });
  }, LOOK_EVERY_MS).unref();
  return { source: holder, close: () => clearInterval(timer) };
}

async function readTable(path: string, partitionCount: number): Promise<Placement> {
  let problem: string;
  let cause: unknown;
  try {
    const table = placementFromMessage(
      fromJson(PlacementTableSchema, JSON.parse(await readFile(path, 'utf8')) as JsonValue),
    );
    if (table.partitionCount === partitionCount) return table;
    problem = `places ${table.partitionCount} partitions, but \`partitions\` is ${partitionCount}`;
  } catch (error) {
    cause = error;
    problem = `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
  throw new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'PLACEMENT_FILE_INVALID',
    message: `The placement file ${path} ${problem}.`,
    advice: 'It holds an isotherm.compute.v1.PlacementTable as JSON.',
    metadata: { setting: 'placement.file' },
    ...(cause !== undefined && { cause }),
  });
}
