import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type FileLayer, systemFiles } from './file-layer.ts';

/** A call of the layer, by which a test leaves syncs out or cuts the power. */
export type FileCall =
  | 'makeDirectory'
  | 'createFile'
  | 'write'
  | 'syncFile'
  | 'rename'
  | 'link'
  | 'remove'
  | 'syncDirectory';

/** A directory of this machine that also remembers what a loss of power would leave of it. */
export interface PowerCutFiles extends FileLayer {
  /** Calls made so far, in order. */
  readonly calls: readonly { readonly call: FileCall; readonly path: string }[];
  /**
   * Writes what a loss of power now would leave into another directory. Names and contents that were not synced are kept
   * where `keeps` says so; a file whose name is kept and whose content is not is empty, as on a real disk.
   */
  leaveTo(directory: string, keeps?: () => boolean): void;
}

/** Options of {@link createPowerCutFiles}. */
export interface PowerCutOptions {
  /** Whether a call is left out: a sync that somebody forgot. Default none is. */
  readonly omits?: (call: FileCall, path: string) => boolean;
  /** Called before each call; throws where the power is cut. */
  readonly before?: (call: FileCall, path: string) => void;
}

interface FileNode {
  current: Uint8Array;
  synced: Uint8Array | undefined;
}

interface FolderNode {
  readonly current: Map<string, FileNode | FolderNode>;
  readonly synced: Map<string, FileNode | FolderNode>;
}

/**
 * Passes calls on to the file system, below `root`, and models beside it what is durable: the content of a file since
 * its last sync, the names of a directory since its last sync.
 */
export function createPowerCutFiles(root: string, options: PowerCutOptions = {}): PowerCutFiles {
  const { omits = () => false, before = () => undefined } = options;
  const tree: FolderNode = newFolder();
  const calls: { call: FileCall; path: string }[] = [];

  function begin(call: FileCall, path: string): boolean {
    before(call, path);
    calls.push({ call, path });
    return !omits(call, path);
  }

  const namesOf = (path: string) => relative(root, path).split(sep).filter(Boolean);
  function folder(names: readonly string[]): FolderNode {
    return names.reduce((at, name) => at.current.get(name) as FolderNode, tree);
  }
  function place(path: string): { readonly names: FolderNode['current']; readonly name: string } {
    const names = namesOf(path);
    return { names: folder(names.slice(0, -1)).current, name: names.at(-1) ?? '' };
  }

  return {
    calls,
    async makeDirectory(path) {
      begin('makeDirectory', path);
      const made = await systemFiles.makeDirectory(path);
      if (made) {
        const { names, name } = place(path);
        names.set(name, newFolder());
      }
      return made;
    },
    async createFile(path) {
      begin('createFile', path);
      const file = await systemFiles.createFile(path);
      const node: FileNode = { current: new Uint8Array(), synced: undefined };
      const { names, name } = place(path);
      names.set(name, node);
      return {
        async write(bytes) {
          begin('write', path);
          await file.write(bytes);
          node.current = Buffer.concat([node.current, bytes]);
        },
        async sync() {
          if (begin('syncFile', path)) node.synced = node.current;
        },
        close: () => file.close(),
      };
    },
    async rename(from, to) {
      begin('rename', to);
      await systemFiles.rename(from, to);
      const [source, target] = [place(from), place(to)];
      target.names.set(target.name, source.names.get(source.name)!);
      source.names.delete(source.name);
    },
    async link(from, to) {
      begin('link', to);
      const made = await systemFiles.link(from, to);
      const [source, target] = [place(from), place(to)];
      if (made) target.names.set(target.name, source.names.get(source.name)!);
      return made;
    },
    async remove(path) {
      begin('remove', path);
      await systemFiles.remove(path);
      const { names, name } = place(path);
      names.delete(name);
    },
    async syncDirectory(path) {
      // Above the root everything is durable.
      const inside = !relative(root, path).startsWith('..');
      if (!begin('syncDirectory', path) || !inside) return;
      const { current, synced } = folder(namesOf(path));
      synced.clear();
      for (const [name, node] of current) synced.set(name, node);
    },
    leaveTo(directory, keeps = () => false) {
      leave(tree, directory, keeps);
    },
  };
}

function newFolder(): FolderNode {
  return { current: new Map(), synced: new Map() };
}

function leave({ current, synced }: FolderNode, directory: string, keeps: () => boolean): void {
  mkdirSync(directory, { recursive: true });
  for (const name of new Set([...current.keys(), ...synced.keys()])) {
    const node = current.get(name) !== synced.get(name) && keeps() ? current.get(name) : synced.get(name);
    if (node === undefined) continue;
    if ('synced' in node && node.synced instanceof Map) leave(node as FolderNode, join(directory, name), keeps);
    else writeFileSync(join(directory, name), leftOf(node as FileNode, keeps));
  }
}

function leftOf({ current, synced }: FileNode, keeps: () => boolean): Uint8Array {
  if (current !== synced && keeps()) return current;
  return synced ?? new Uint8Array();
}
