import { PERMISSIONS, type Permission } from './permission.ts';
import { ANONYMOUS } from './tenants-options.ts';

/** Who makes a call, as its token said. */
export interface Caller {
  readonly tenant: string;
  readonly permissions: readonly Permission[];
}

/** Every caller, where no token is asked for. */
export const ANYBODY: Caller = { tenant: ANONYMOUS, permissions: PERMISSIONS };

/** Whether the caller is shown what is other tenants': operators are. */
export function seesAllTenants({ permissions }: Caller): boolean {
  return permissions.includes('operate');
}
