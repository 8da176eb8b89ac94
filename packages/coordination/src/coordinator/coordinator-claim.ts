import type { BlobStore } from '@isotherm/checkpoint';
import type { Runtime } from '@isotherm/runtime';
import { IsothermError, type Logger } from '@isotherm/service-kit';

/** What claiming stands on. */
export interface CoordinatorClaimDeps {
  readonly blobs: BlobStore;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Another coordinator has taken over: this one is expected to end. */
  readonly lost: (error: IsothermError) => void;
  /** Told what is waited for. Default does nothing. */
  readonly waiting?: (reason: string) => void;
}

/** Options of {@link claimCoordination}. */
export interface CoordinatorClaimOptions {
  /** Who claims, for people. */
  readonly name: string;
  /** Time between two signs of life in ms. Default 1,000. */
  readonly intervalMs?: number;
  /** A holder without a sign of life for so long is succeeded, in ms. Default 5,000. */
  readonly takeOverAfterMs?: number;
}

/** A claim that is held. */
export interface ClaimedCoordination {
  readonly term: number;
  /** Gives it back, so that a successor need not wait. Idempotent. */
  release(): Promise<void>;
}

const FOLDER = 'placement';
const RELEASED = 'released';

/**
 * Makes one coordinator of several the active one: it takes the next term in the checkpoint store, a name that can be taken
 * once, and writes a sign of life under it. A candidate waits until it has seen none for a while on its own clock; a
 * holder that finds a higher term ends. Two that are active for a moment do no harm: the record can be written by one.
 */
export async function claimCoordination(
  deps: CoordinatorClaimDeps,
  options: CoordinatorClaimOptions,
  signal: AbortSignal,
): Promise<ClaimedCoordination> {
  const { blobs, runtime, logger } = deps;
  const { name, intervalMs = 1_000, takeOverAfterMs = 5_000 } = options;
  let seen = { term: -1, sign: '', sinceMs: 0 };

  for (;;) {
    signal.throwIfAborted();
    const term = (await terms(blobs)).at(-1) ?? 0;
    const sign = term === 0 ? RELEASED : await signOf(blobs, term);
    const nowMs = runtime.monotonicMs();
    if (seen.term !== term || seen.sign !== sign) seen = { term, sign, sinceMs: nowMs };
    if (sign === RELEASED || nowMs - seen.sinceMs >= takeOverAfterMs) {
      if (await blobs.create(FOLDER, claimName(term + 1), encode(name))) return hold(term + 1);
      continue;
    }
    deps.waiting?.(`Another coordinator is active (${await holderOf(blobs, term)}, term ${term}).`);
    await runtime.sleep(intervalMs, signal);
  }

  async function hold(term: number): Promise<ClaimedCoordination> {
    const stopping = new AbortController();
    const old = (await terms(blobs)).filter((other) => other < term);
    await blobs.remove(
      FOLDER,
      old.flatMap((other) => [claimName(other), signName(other)]),
    );
    logger.info({ term }, 'Coordination claimed');
    const live = async () => {
      for (let beat = 0; !stopping.signal.aborted; beat++) {
        try {
          await blobs.put(FOLDER, signName(term), encode(String(beat)));
          const newest = (await terms(blobs)).at(-1) ?? term;
          if (newest > term) {
            deps.lost(superseded(newest, await holderOf(blobs, newest)));
            return;
          }
        } catch (error) {
          logger.warn({ err: error, advice: 'The placement stands.' }, 'The claim of the coordinator was not renewed');
        }
        await runtime.sleep(intervalMs, stopping.signal);
      }
    };
    const living = live();
    return {
      term,
      async release() {
        if (stopping.signal.aborted) return;
        stopping.abort();
        await living;
        await blobs.put(FOLDER, signName(term), encode(RELEASED)).catch(() => undefined);
      },
    };
  }
}

async function terms(blobs: BlobStore): Promise<number[]> {
  const names = await blobs.list(FOLDER);
  return names
    .filter((name) => /^coordinator-\d{16}$/.test(name))
    .map((name) => Number(name.slice('coordinator-'.length)))
    .sort((a, b) => a - b);
}

async function signOf(blobs: BlobStore, term: number): Promise<string> {
  return decode(await blobs.get(FOLDER, signName(term)));
}

async function holderOf(blobs: BlobStore, term: number): Promise<string> {
  return decode(await blobs.get(FOLDER, claimName(term)));
}

function claimName(term: number): string {
  return `coordinator-${String(term).padStart(16, '0')}`;
}

function signName(term: number): string {
  return `${claimName(term)}-alive`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

function superseded(term: number, holder: string): IsothermError {
  return new IsothermError({
    code: 'ABORTED',
    id: 'COORDINATOR_SUPERSEDED',
    message: `Coordinator ${holder} has taken over (term ${term}).`,
    advice: 'Start this one again: it waits as a successor.',
    metadata: { holder, term: String(term) },
  });
}
