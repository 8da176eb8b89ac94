import { IsothermError } from '../isotherm-error.ts';
import type { AskedPermission } from './permission-of.ts';

/** No token where one is asked for. */
export function tokenMissing(): IsothermError {
  return new IsothermError({
    code: 'UNAUTHENTICATED',
    id: 'TOKEN_MISSING',
    message: 'This platform asks for a token, and the call has none.',
    advice:
      'Send `authorization: Bearer TOKEN`; the command line takes it as --token or ISOTHERM_TOKEN, clients as their option token.',
    metadata: { setting: 'tenants' },
  });
}

/** A token nobody has. */
export function tokenUnknown(): IsothermError {
  return new IsothermError({
    code: 'UNAUTHENTICATED',
    id: 'TOKEN_UNKNOWN',
    message: 'The token of the call belongs to no tenant.',
    advice: 'Check that it is whole and still valid, or ask for another one.',
    metadata: { setting: 'tenants' },
  });
}

/** A token of somebody who may not do that. */
export function permissionMissing(tenant: string, permission: AskedPermission): IsothermError {
  return new IsothermError({
    code: 'PERMISSION_DENIED',
    id: 'PERMISSION_MISSING',
    message: `This call needs the permission ${permission}, which the tokens of tenant ${tenant} do not have.`,
    advice: `Use a token that has it, or add "${permission}" to \`may\` of the tenant in the platform's tenants file.`,
    metadata: { setting: 'may', tenant, permission },
  });
}
