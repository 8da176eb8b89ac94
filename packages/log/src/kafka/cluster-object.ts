import { IsothermError } from '@isotherm/service-kit';
import { isIncarnation } from '../incarnation.ts';

const FOLDER = 'log';
const NAME = 'kafka';
const FORMAT = 1;

/** What a log on Kafka is, fixed once before its first record. */
export interface ClusterObject {
  readonly topic: string;
  /** As Kafka gave it: another topic of that name has another. */
  readonly topicId: string;
  /** 16 hexadecimal digits. */
  readonly incarnation: string;
  readonly partitionCount: number;
  /** The encoded result settings. */
  readonly settings: Uint8Array;
}

/** The part of the checkpoint store's blobs that the object needs. */
export interface ClusterObjectStore {
  get(folder: string, name: string): Promise<Uint8Array | undefined>;
  /** Of any number of simultaneous calls one resolves true, and that is durable. */
  create(folder: string, name: string, bytes: Uint8Array): Promise<boolean>;
}

/** The object, or undefined while there is none. @throws LOG_CLUSTER_OBJECT_INVALID */
export async function readClusterObject(store: ClusterObjectStore): Promise<ClusterObject | undefined> {
  const bytes = await store.get(FOLDER, NAME);
  return bytes === undefined ? undefined : decode(bytes);
}

/** Fixes the object, unless somebody has. @returns what is fixed: theirs, if they were first */
export async function fixClusterObject(store: ClusterObjectStore, object: ClusterObject): Promise<ClusterObject> {
  if (await store.create(FOLDER, NAME, encode(object))) return object;
  const found = await readClusterObject(store);
  if (found === undefined) throw invalid('it was there a moment ago, and is gone');
  return found;
}

function encode({ settings, ...object }: ClusterObject): Uint8Array {
  const text = JSON.stringify({ format: FORMAT, ...object, settings: Buffer.from(settings).toString('base64') });
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): ClusterObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('it is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw invalid('it is no JSON object');
  const { format, topic, topicId, incarnation, partitionCount, settings } = value as Record<string, unknown>;
  if (format !== FORMAT) throw invalid(`its format is ${String(format)}, and this version knows ${FORMAT}`);
  if (typeof topic !== 'string' || topic === '') throw invalid('it names no topic');
  if (typeof topicId !== 'string' || !/^[0-9a-f-]{36}$/.test(topicId)) throw invalid('its topic id is no UUID');
  if (typeof incarnation !== 'string' || !isIncarnation(incarnation)) throw invalid('its incarnation is none');
  if (!Number.isInteger(partitionCount) || Number(partitionCount) < 1) throw invalid('it has no partition count');
  if (typeof settings !== 'string') throw invalid('it has no settings');
  const decoded = new Uint8Array(Buffer.from(settings, 'base64'));
  return { topic, topicId, incarnation, partitionCount: Number(partitionCount), settings: decoded };
}

function invalid(problem: string): IsothermError {
  return new IsothermError({
    code: 'DATA_LOSS',
    id: 'LOG_CLUSTER_OBJECT_INVALID',
    message: `The object ${FOLDER}/${NAME} in the checkpoint store, which says in which topic the log is, cannot be used: ${problem}.`,
    advice: 'Restore it from a copy of the checkpoint store; without it nobody knows which topic is the log.',
    metadata: { object: `${FOLDER}/${NAME}` },
  });
}
