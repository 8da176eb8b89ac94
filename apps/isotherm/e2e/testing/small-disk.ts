import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** A real file system of its own that can be filled, and emptied again. Linux, as root. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Bytes that can still be written. */
  freeBytes(): number;
  /** Fills it with a file of ballast until only so much is left. */
  fill(leaveBytes: number): void;
  /** Throws the ballast away. */
  relieve(): void;
  /**
   * Cuts its power: what was not synced is lost, and every call fails until it is mounted again. An ext4 does that when
   * the shutdown ioctl tells it to leave its journal as it is. Only with an image.
   */
  cutPower(): void;
  /** Mounts it again: what could not be written is forgotten. Only with an image. */
  remount(): void;
  unmount(): void;
}

/** Options of {@link mountSmallDisk}. */
export interface SmallDiskOptions {
  /** Where to mount it; made if need be. */
  readonly path: string;
  readonly bytes: number;
  /** File that holds it, made anew and sparse; removed by nobody. Undefined keeps it in memory, where a sync costs nothing. */
  readonly image?: string;
}

const BALLAST = 'ballast';
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (linux/fs/ext4/ext4.h). */
const SHUTDOWN = 'open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", 2); ioctl($d, 0x8004587d, $f) or die $!';
/** Where tools for administrators are, where PATH does not say so. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** Why no disk can be mounted here; undefined if one can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return `mounting a small disk needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'mounting a small disk needs root';
  try {
    run('unshare', '--mount', 'true');
    run('mkfs.ext4', '-V');
    run('losetup', '--version');
    run('fallocate', '--version');
    run('perl', '-e', '1');
    return undefined;
  } catch (error) {
    return `mounting a small disk needs unshare, mkfs.ext4, losetup, fallocate and perl: ${firstLine(error)}`;
  }
}

/**
 * Mounts a small disk: an ext4 in a file, or a tmpfs. Call it in a mount namespace of your own (`unshare --mount`), so
 * that a killed process leaves nothing behind.
 */
export function mountSmallDisk({ path, bytes, image }: SmallDiskOptions): SmallDisk {
  mkdirSync(path, { recursive: true });
  if (image === undefined) {
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path);
  } else {
    closeSync(openSync(image, 'wx'));
    truncateSync(image, bytes);
    run('mkfs.ext4', '-q', '-F', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard', image);
    mountImage(image, path);
  }
  const ballast = join(path, BALLAST);
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    freeBytes,
    fill(leaveBytes) {
      rmSync(ballast, { force: true });
      // Others write meanwhile, and the ballast itself takes some blocks: what does not fit is tried smaller.
      for (let left = leaveBytes; left < freeBytes(); left += 1 << 16) {
        try {
          run('fallocate', '-l', String(freeBytes() - left), ballast);
          return;
        } catch {
          rmSync(ballast, { force: true });
        }
      }
    },
    cutPower() {
      if (image === undefined) throw new Error('What is in memory alone has no power of its own');
      run('perl', '-e', SHUTDOWN, path);
    },
    relieve: () => rmSync(ballast, { force: true }),
    remount() {
      if (image === undefined) throw new Error('What is in memory alone cannot be mounted again');
      run('umount', path);
      repair(image);
      mountImage(image, path);
    },
    unmount: () => run('umount', path),
  };
}

function mountImage(image: string, path: string): void {
  // What is deleted is given back to the disk below; a loop device ends with its mount.
  run('mount', '-o', 'loop,discard,errors=remount-ro', image, path);
}

function repair(image: string): void {
  try {
    run('e2fsck', '-y', '-f', image);
  } catch (error) {
    // 1: errors were found and corrected.
    if ((error as { status?: number }).status !== 1) throw error;
  }
}

function run(command: string, ...parameters: string[]): void {
  execFileSync(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH } });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
