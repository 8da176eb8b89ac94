import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { Permission as Asked, permission as option } from '@isotherm/contracts/access/v1/permission';
import type { Permission } from './permission.ts';

/** What a method asks of its caller: a permission; `none`: nothing; `platform`: to be a process of the platform. */
export type AskedPermission = Permission | 'none' | 'platform';

/** Contracts that are not ours. Probes and descriptions say nothing that a stranger could use. */
const OPEN_SERVICES = ['grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'];

const NAMES: Readonly<Record<Asked, AskedPermission | undefined>> = {
  [Asked.UNSPECIFIED]: undefined,
  [Asked.NONE]: 'none',
  [Asked.INGEST]: 'ingest',
  [Asked.READ]: 'read',
  [Asked.OPERATE]: 'operate',
  [Asked.PLATFORM]: 'platform',
};

/** What a method asks of its caller, as its proto says. @throws Error where it says nothing: nobody may call it. */
export function permissionOf(method: DescMethod): AskedPermission {
  if (OPEN_SERVICES.includes(method.parent.typeName)) return 'none';
  const asked = NAMES[getOption(method, option)];
  if (asked === undefined) throw new Error(`${method.toString()} has no permission in its proto`);
  return asked;
}
