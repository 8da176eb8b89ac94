/** An object that is read from its beginning on. */
export interface BlobReader {
  /** Fills the array from where the last read ended. Resolves with the bytes there were: fewer where the object ends. */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** A reader of an object that is there whole. */
export function readerOfBytes(bytes: Uint8Array): BlobReader {
  let at = 0;
  return {
    async read(into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
    close: async () => undefined,
  };
}

/**
 * What a checkpoint store keeps its objects in: folders of named, immutable objects. An adapter of checkpoints is an
 * adapter of this.
 */
export interface BlobStore {
  /** Names in a folder, in no particular order; none if there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** The object, or undefined if there is none. */
  get(folder: string, name: string): Promise<Uint8Array | undefined>;
  /** The object for reading in parts, or undefined if there is none. A store that has no parts leaves it out. */
  open?(folder: string, name: string): Promise<BlobReader | undefined>;
  /** Writes an object. It is durable at the latest when a later `create` in the folder has resolved. */
  put(folder: string, name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes an object under a name nobody has: of any number of simultaneous calls one resolves true, the others false.
   * True means durable, with all that was put into the folder before.
   */
  create(folder: string, name: string, bytes: Uint8Array): Promise<boolean>;
  /** Removes objects; those that are not there do not matter. */
  remove(folder: string, names: readonly string[]): Promise<void>;
  /** When the object was written, in ms since the epoch by the store's clock. A store that does not know leaves it out. */
  writtenMs?(folder: string, name: string): Promise<number | undefined>;
  /** Names of the folders that hold something. */
  folders(): Promise<readonly string[]>;
  close(): Promise<void>;
}
