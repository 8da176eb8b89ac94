import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { logDamaged } from '../log-errors.ts';

// Layout of LMDB's file as lmdb-js 3.5 writes it: MDB_page_header, MDB_meta, MDB_db and MDB_node of its mdb.c.
const PAGE_BYTES = 4096;
const HEADER_BYTES = 24;
const MAGIC = 0xbeef_c0de;
const FLAGS_AT = 18;
const LOWER_AT = 20;
const UPPER_AT = 22;
const META = { magic: 24, pageBytes: 48, freeRoot: 88, mainRoot: 136, txn: 152 } as const;
const NODE_BYTES = 8;
const DATABASE = { bytes: 48, root: 40 } as const;
const BRANCH = 0x01;
const LEAF = 0x02;
const BIG_DATA = 0x01;
const SUB_DATABASE = 0x02;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const MAX_DEPTH = 32;

/**
 * Checks a log's file before LMDB maps it, which believes every page: a file that was cut ends the process by SIGBUS,
 * damaged pages by SIGSEGV or an endless loop. Reads the pages of the trees; records are checked when they are read.
 * A file that another process has open is left to that: it changes under the reader.
 *
 * @throws LOG_DAMAGED
 */
export function verifyLogFile(directory: string): void {
  const path = join(directory, 'data.mdb');
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0 || isLocked(join(directory, 'lock.mdb'))) return;
  const file = openSync(path, 'r');
  try {
    new Verifier(file, path).verify();
  } finally {
    closeSync(file);
  }
}

class Verifier {
  readonly #file: number;
  readonly #path: string;
  readonly #pages: number;
  #visited = 0;

  constructor(file: number, path: string) {
    this.#file = file;
    this.#path = path;
    this.#pages = fstatSync(file).size / PAGE_BYTES;
  }

  verify(): void {
    const metas = [0, 1].map((page) => this.#meta(page)).filter((meta) => meta !== undefined);
    const newest = metas.sort((a, b) => Number(b.txn - a.txn))[0];
    if (newest === undefined) throw this.#damaged('it does not begin like a database');
    this.#tree(newest.freeRoot, 0);
    this.#tree(newest.mainRoot, 0);
  }

  #meta(page: number) {
    const view = this.#read(page);
    if (view.getUint32(META.magic, true) !== MAGIC) return undefined;
    if (view.getUint32(META.pageBytes, true) !== PAGE_BYTES) return undefined;
    const [txn, freeRoot, mainRoot] = [META.txn, META.freeRoot, META.mainRoot].map((at) => view.getBigUint64(at, true));
    return { txn: txn!, freeRoot: freeRoot!, mainRoot: mainRoot! };
  }

  #tree(root: bigint, depth: number): void {
    if (root === NO_PAGE) return;
    const page = Number(root);
    if (++this.#visited > this.#pages || depth > MAX_DEPTH) throw this.#damaged('its pages form a circle');
    const view = this.#read(page);
    const flags = view.getUint16(FLAGS_AT, true);
    const [lower, upper] = [view.getUint16(LOWER_AT, true), view.getUint16(UPPER_AT, true)];
    const isBranch = (flags & BRANCH) !== 0;
    const sound = isBranch !== ((flags & LEAF) !== 0) && lower % 2 === 0 && lower <= upper && upper <= PAGE_BYTES;
    if (view.getBigUint64(0, true) !== root || !sound) throw this.#damaged(`page ${page} is not what it should be`);
    // `lower` counts from the end of the header where it is below it: LMDB stores it relative to PAGEBASE.
    const count = lower / 2;
    for (let node = 0; node < count; node++) {
      const at = HEADER_BYTES + view.getUint16(HEADER_BYTES + 2 * node, true);
      if (at + NODE_BYTES > PAGE_BYTES) throw this.#damaged(`page ${page} points outside of itself`);
      if (isBranch) this.#tree(childOf(view, at), depth + 1);
      else this.#leafNode(view, at, page, depth);
    }
  }

  #leafNode(view: DataView, at: number, page: number, depth: number): void {
    const flags = view.getUint16(at + 4, true);
    const dataAt = at + NODE_BYTES + view.getUint16(at + 6, true);
    const dataBytes = view.getUint16(at, true) + view.getUint16(at + 2, true) * 0x1_0000;
    const isBig = (flags & BIG_DATA) !== 0;
    if (dataAt + (isBig ? 8 : dataBytes) > PAGE_BYTES) throw this.#damaged(`page ${page} points outside of itself`);
    if (isBig) {
      const end = Number(view.getBigUint64(dataAt, true)) + (HEADER_BYTES + dataBytes) / PAGE_BYTES;
      if (end > this.#pages) throw this.#damaged(`it ends before a record that page ${page} names`);
    } else if ((flags & SUB_DATABASE) !== 0) {
      if (dataBytes !== DATABASE.bytes) throw this.#damaged(`page ${page} names a database that is none`);
      this.#tree(view.getBigUint64(dataAt + DATABASE.root, true), depth + 1);
    }
  }

  #read(page: number): DataView {
    const bytes = new Uint8Array(PAGE_BYTES);
    const whole = page < this.#pages && readSync(this.#file, bytes, 0, PAGE_BYTES, page * PAGE_BYTES) === PAGE_BYTES;
    if (!whole) throw this.#damaged(`it ends before page ${page}`);
    return new DataView(bytes.buffer);
  }

  #damaged(reason: string): Error {
    return logDamaged(this.#path, reason);
  }
}

/** A page number of 48 bits, in a branch's node. */
function childOf(view: DataView, at: number): bigint {
  return (
    BigInt(view.getUint16(at, true)) |
    (BigInt(view.getUint16(at + 2, true)) << 16n) |
    (BigInt(view.getUint16(at + 4, true)) << 32n)
  );
}

/** Whether a process has LMDB's lock on the file (proc_locks(5)). */
function isLocked(path: string): boolean {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return false;
  try {
    return readFileSync('/proc/locks', 'utf8').includes(`:${inode} `);
  } catch {
    return false;
  }
}
