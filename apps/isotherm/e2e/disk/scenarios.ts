import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsothermClient, IsothermClientError } from '@isotherm/client';
import { eventually } from '../testing/eventually.ts';
import { type PlatformPorts, type PlatformProcess, startPlatformProcess } from '../testing/platform-process.ts';
import { mountSmallDisk, type SmallDisk } from '../testing/small-disk.ts';
import { createSender, type Sender } from './sender.ts';

/** What a scenario works in: an empty directory, in a mount namespace of its own. */
type Scenario = (root: string) => Promise<void>;

const MB = 1_000_000;

/** The log's disk has less than the reserve: ingest refuses, reads go on, and it takes observations again by itself. */
const logNearlyFull: Scenario = async (root) => {
  const disk = mountSmallDisk({ path: join(root, 'log'), bytes: 96 * MB });
  await using running = await startWithReadings(root, { reserve: '32MB' });
  const { platform, sender } = running;
  disk.fill(8 * MB);
  await refuses(sender);
  await sender.expectBounds();
  await complains(platform, 'Disk is nearly full');
  assert.match(platform.stderr, /"holds":"log","directory":"[^"]+\/log","freeBytes":\d+/);
  const refusal = await refusalOf(platform);
  assert.equal(refusal.id, 'LOG_DISK_LOW');
  assert.match(refusal.message, /MB free/);
  assert.match(platform.stderr, /Free space on this disk, or lower --disk-reserve/);
  disk.relieve();
  await sender.sendMore(20);
  await sender.settle();
  await sender.expectBounds();
  await sender.expectStored();
};

/** The log meets a full disk: it is fenced, the process ends and says what to do, and what was acked is kept. */
const logFull: Scenario = async (root) => {
  const disk = mountSmallDisk({ path: join(root, 'log'), bytes: 96 * MB });
  await endsAndKeeps(root, disk, { reserve: '0MB' }, () => disk.fill(0));
};

/** The log's disk answers EIO: the same, and the failed sync is not tried again. */
const logBroken: Scenario = async (root) => {
  const { disk, below } = mountBreakableDisk(root, 'log');
  await endsAndKeeps(
    root,
    disk,
    {},
    () => below.fill(0),
    () => {
      // What could not be written is gone from the cache too: the disk comes back as it is on the medium.
      below.relieve();
      disk.remount();
    },
  );
};

/** The checkpoints' disk is full: everything else goes on, loudly, and it recovers by itself. */
const checkpointsFull = goesOnWhileFull('checkpoints', {
  bytes: 32 * MB,
  complaint: 'Checkpoint could not be written',
  caughtUp: checkpointed,
});

/** The checkpoints' disk answers EIO: the log is kept, and a start from the checkpoints before has everything. */
const checkpointsBroken = startsAgainOnceMended('checkpoints', 'Checkpoint could not be written');

/** The engine's disk is full: acks and hot reads go on, rows wait, and all of them are stored when it has space again. */
const engineFull = goesOnWhileFull('analytics', { bytes: 256 * MB, complaint: 'could not be stored' });

/** The engine's disk answers EIO: acks and hot reads go on; after a start on a disk that works everything is stored. */
const engineBroken = startsAgainOnceMended('analytics', 'could not be stored');

/** The disk of everything is full to the last byte: no ack, reads go on, and it goes on by itself when there is space. */
const everythingFull: Scenario = async (root) => {
  const disk = mountSmallDisk({ path: join(root, 'all'), image: join(root, 'all.ext4'), bytes: 600 * MB });
  await using running = await startWithReadings(disk.path, { reserve: '64MB' });
  const { platform, sender } = running;
  disk.fill(0);
  await refuses(sender);
  await sender.expectBounds();
  assert.ok(platform.running);
  disk.relieve();
  await sender.sendMore(20);
  await sender.settle();
  await sender.expectBounds();
  await sender.expectStored();
  await platform.end('SIGTERM');
};

/** The machine loses power right after the first start and the first acks: everything acked is there again. */
const powerLost: Scenario = async (root) => {
  const disk = mountSmallDisk({ path: join(root, 'all'), image: join(root, 'all.ext4'), bytes: 600 * MB });
  const data = join(disk.path, 'data');
  await using running = await startWithReadings(data);
  const { platform, sender } = running;
  disk.cutPower();
  // Acks under way when the power went count too: whatever was acked until the end has to be there.
  await platform.end('SIGKILL');
  disk.remount();
  await restartHasEverything(data, sender, platform.ports);
};

/** Scenarios by name. */
export const SCENARIOS = {
  logNearlyFull,
  logFull,
  logBroken,
  checkpointsFull,
  checkpointsBroken,
  engineFull,
  engineBroken,
  everythingFull,
  powerLost,
} as const satisfies Record<string, Scenario>;

/** A disk that gets full: acks and hot reads go on, the platform complains, and once there is space it catches up. */
function goesOnWhileFull(
  directory: string,
  options: {
    readonly bytes: number;
    readonly complaint: string;
    readonly caughtUp?: (sender: Sender) => Promise<void>;
  },
): Scenario {
  return async (root) => {
    const disk = mountSmallDisk({ path: join(root, directory), bytes: options.bytes });
    await using running = await startWithReadings(root);
    const { platform, sender } = running;
    disk.fill(0);
    await sender.sendMore(100);
    await sender.expectBounds();
    await complains(platform, options.complaint);
    assert.ok(platform.running);
    disk.relieve();
    await sender.settle();
    await options.caughtUp?.(sender);
    await sender.expectStored();
  };
}

/** A disk that breaks: acks and hot reads go on, the platform complains; killed and started on a mended one it has everything. */
function startsAgainOnceMended(directory: string, complaint: string): Scenario {
  return async (root) => {
    const { disk, below } = mountBreakableDisk(root, directory);
    await using running = await startWithReadings(root);
    const { platform, sender } = running;
    below.fill(0);
    await sender.sendMore(100);
    await sender.expectBounds();
    await complains(platform, complaint);
    await platform.end('SIGKILL');
    below.relieve();
    disk.remount();
    await restartHasEverything(root, sender, platform.ports);
  };
}

async function endsAndKeeps(
  root: string,
  disk: SmallDisk,
  options: { readonly reserve?: string },
  breakIt: () => void,
  mendIt: () => void = () => disk.relieve(),
): Promise<void> {
  await using running = await startWithReadings(root, options);
  const { platform, sender } = running;
  breakIt();
  await eventually(
    async () => platform.running,
    (running) => !running,
  );
  const { code, signal, stderr } = await platform.ended;
  // lmdb-js 3.5 overruns 100 bytes of heap when it words a failed page write, and malloc may notice first.
  if (signal !== null) {
    assert.match(stderr, /isotherm: The process was ended by (SIG[A-Z]+|a signal): .+ Look at the disks below \S+: /);
  } else {
    assert.equal(code, 1, stderr);
    assert.match(stderr, /isotherm: A write to the log in \S+\/log failed \(.+\), so it takes no more records\./);
    assert.match(stderr, /Look at that disk: is it full, read-only or broken\? Then restart the process/);
  }
  const acked = sender.acked;
  mendIt();
  assert.equal(sender.acked, acked);
  await restartHasEverything(root, sender, platform.ports);
}

/** Starts again: acked ⊆ kept ⊆ sent at once, and everything in every result when the sender has sent the rest again. */
async function restartHasEverything(root: string, sender: Sender, ports: PlatformPorts): Promise<void> {
  await using _again = await start(root, { ports });
  await sender.expectBounds();
  await sender.settle();
  await sender.expectBounds();
  await sender.expectStored();
}

function start(
  dataDirectory: string,
  { reserve = '4MB', ports }: { readonly reserve?: string; readonly ports?: PlatformPorts } = {},
): Promise<PlatformProcess> {
  return startPlatformProcess({
    dataDirectory,
    ...(ports && { ports }),
    flags: ['--checkpoint', '1', '--shards', '1', '--disk-reserve', reserve],
  });
}

/** A platform that took readings before anything happens, and who sends them. */
async function startWithReadings(dataDirectory: string, options: { readonly reserve?: string } = {}) {
  await using opened = new AsyncDisposableStack();
  const platform = opened.use(await start(dataDirectory, options));
  const sender = opened.use(createSender(platform));
  await sender.sendMore(20);
  const kept = opened.move();
  return { platform, sender, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function complains(platform: PlatformProcess, complaint: string): Promise<void> {
  await eventually(
    async () => platform.stderr,
    (text) => text.includes(complaint),
  );
}

/** A directory of the platform on a disk that fails once `below` is full: what it writes has nowhere to go. */
function mountBreakableDisk(root: string, directory: string): { readonly disk: SmallDisk; readonly below: SmallDisk } {
  mkdirSync(join(root, 'below'));
  const below = mountSmallDisk({ path: join(root, 'below'), bytes: 200 * MB });
  const image = join(below.path, 'image');
  return { disk: mountSmallDisk({ path: join(root, directory), image, bytes: 400 * MB }), below };
}

async function refuses(sender: Sender): Promise<void> {
  for (let before = -1; before !== sender.acked; ) {
    before = sender.acked;
    await sleep(300);
  }
}

/** What a caller that does not wait is told. */
async function refusalOf(platform: PlatformProcess): Promise<IsothermClientError> {
  await using client = createIsothermClient({ ingestUrl: platform.ingestAddress, retry: { maxElapsedMs: 1 } });
  try {
    await client.send([{ cityId: 'disk-0', observeTime: new Date(), temperatureCelsius: 20 }]);
  } catch (error) {
    if (error instanceof IsothermClientError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

async function checkpointed(sender: Sender): Promise<void> {
  await eventually(
    async () => {
      const { shards } = await sender.client.status();
      const partitions = shards.flatMap((shard) => shard.partitions);
      return partitions.filter(({ checkpointOffset, appliedOffset }) => checkpointOffset < appliedOffset - 2).length;
    },
    (behind) => behind === 0,
  );
}
