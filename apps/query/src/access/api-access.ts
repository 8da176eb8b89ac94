import { createContextKey } from '@connectrpc/connect';
import {
  ANYBODY,
  type AskedPermission,
  asIsothermError,
  authorize,
  type Caller,
  type RefusalLog,
  type TokenHolder,
} from '@isotherm/service-kit';
import type { HttpRequest } from '../http/node-http.ts';

/** Who may ask the public API, and for what. */
export interface ApiAccess {
  /** Whether callers have to show a token. */
  readonly tokens: boolean;
  /** Who makes a call, by the headers of its request. @throws IsothermError UNAUTHENTICATED, PERMISSION_DENIED */
  check(request: HttpRequest, asked: AskedPermission, call: string): Caller;
}

/** Somebody without any permission, where none is asked for. */
const NOBODY: Caller = { tenant: '', permissions: [] };

/** Who makes a call, for its handler. */
export const CALLER = createContextKey<Caller>(NOBODY, { description: 'caller' });

/** Access of those callers; of everybody to everything where there are none. */
export function createApiAccess(callers: readonly TokenHolder[] | undefined, refusals: RefusalLog): ApiAccess {
  if (callers === undefined) return { tokens: false, check: () => ANYBODY };
  return {
    tokens: true,
    check(request, asked, call) {
      if (asked === 'none') return NOBODY;
      try {
        const { name, may } = authorize(callers, request.headers.authorization, asked);
        return { tenant: name, permissions: may };
      } catch (error) {
        const { id, metadata } = asIsothermError(error);
        refusals.note({ id, tenant: metadata['tenant'], peer: request.socket.remoteAddress ?? '', call });
        throw error;
      }
    },
  };
}
