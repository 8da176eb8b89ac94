import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createObservable, type Observable } from './observable.ts';

/** Why the platform turned the page away: no token, one it does not know, one that may not read. */
export type AccessRefusal = 'missing' | 'unknown' | 'forbidden';

/** The token of the page's calls. */
export interface AccessToken {
  /** Undefined while the platform lets the page in. */
  readonly refusal: Observable<AccessRefusal | undefined>;
  /** Takes another token; calls that wait for one go on. */
  present(token: string): void;
  /** Puts the token into every call. After a refusal calls wait until there is another. */
  readonly interceptor: Interceptor;
}

const STORAGE_KEY = 'isotherm.token';

/** The token that this tab was given before, if any: it is kept until the tab is closed, or the page without storage. */
export function openAccessToken(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): AccessToken {
  const refusal = createObservable<AccessRefusal | undefined>(undefined);
  let token = storage?.getItem(STORAGE_KEY) ?? undefined;

  const admitted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        if (signal.aborted) reject(ConnectError.from(signal.reason, Code.Canceled));
        else if (refusal.get() === undefined) resolve();
        else return;
        unsubscribe();
        signal.removeEventListener('abort', settle);
      };
      const unsubscribe = refusal.subscribe(settle);
      signal.addEventListener('abort', settle, { once: true });
      settle();
    });

  const interceptor: Interceptor = (next) => async (request) => {
    if (refusal.get() !== undefined) await admitted(request.signal);
    const shown = token;
    if (shown !== undefined) request.header.set('authorization', `Bearer ${shown}`);
    try {
      return await next(request);
    } catch (error) {
      // What was sent before another token came says nothing of that.
      const why = refusalOf(error, shown);
      if (why !== undefined && shown === token) refusal.set(why);
      throw error;
    }
  };

  return {
    refusal,
    interceptor,
    present(given) {
      token = given;
      try {
        storage?.setItem(STORAGE_KEY, given);
      } catch {
        // A full or forbidden storage costs only the memory of it.
      }
      refusal.set(undefined);
    },
  };
}

function refusalOf(error: unknown, shown: string | undefined): AccessRefusal | undefined {
  const { code } = ConnectError.from(error);
  if (code === Code.PermissionDenied) return 'forbidden';
  if (code !== Code.Unauthenticated) return undefined;
  return shown === undefined ? 'missing' : 'unknown';
}
