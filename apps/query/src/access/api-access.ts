import type { DescMethod } from '@bufbuild/protobuf';
import { createContextKey, type Interceptor } from '@connectrpc/connect';
import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { ServerReflection } from '@isotherm/contracts/grpc/reflection/v1/reflection';
import { ANYBODY, authorize, type Caller, type Permission, type TokenHolder } from '@isotherm/service-kit';

/** Probes and contracts say nothing that a stranger could use. */
const OPEN: readonly string[] = [Health.typeName, ServerReflection.typeName];

/** Calls that change what is kept. */
const CHANGES: readonly DescMethod[] = [
  DeadLetterService.method.replayDeadLetters,
  DeadLetterService.method.purgeDeadLetters,
];

/** What a call asks of its caller; undefined: nothing. */
export function permissionOf(method: DescMethod): Permission | undefined {
  if (OPEN.includes(method.parent.typeName)) return undefined;
  return CHANGES.includes(method) ? 'operate' : 'read';
}

/** Who may ask the public API, and for what. */
export interface ApiAccess {
  /** Whether callers have to show a token. */
  readonly tokens: boolean;
  /** Who calls. @throws IsothermError UNAUTHENTICATED, PERMISSION_DENIED */
  check(authorization: string | undefined, permission: Permission): Caller;
}

/** Access of those callers; of everybody to everything where there are none. */
export function createApiAccess(callers: readonly TokenHolder[] | undefined): ApiAccess {
  if (callers === undefined) return { tokens: false, check: () => ANYBODY };
  return {
    tokens: true,
    check(authorization, permission) {
      const { name, may } = authorize(callers, authorization, permission);
      return { tenant: name, permissions: may };
    },
  };
}

/** Who makes a call, for its handler. Where no permission is asked for: somebody without any. */
export const CALLER = createContextKey<Caller>({ tenant: '', permissions: [] }, { description: 'caller' });

/** Lets calls pass whose caller may make them, streams before their first message. */
export function checkAccess(access: ApiAccess): Interceptor {
  return (next) => (request) => {
    const permission = permissionOf(request.method);
    if (permission !== undefined) {
      const caller = access.check(request.header.get('authorization') ?? undefined, permission);
      request.contextValues.set(CALLER, caller);
    }
    return next(request);
  };
}
