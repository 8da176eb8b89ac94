import type { Any } from '@bufbuild/protobuf/wkt';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@isotherm/contracts/google/rpc/error_details';
import type { Status } from '@isotherm/contracts/google/rpc/status';

/** The details of a google.rpc.Status, unpacked. */
export function detailsOf(status: Status | undefined): {
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
} {
  const details: readonly Any[] = status?.details ?? [];
  const info = details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((found) => found !== undefined);
  const retry = details.map((any) => anyUnpack(any, RetryInfoSchema)).find((found) => found !== undefined);
  const bad = details.map((any) => anyUnpack(any, BadRequestSchema)).find((found) => found !== undefined);
  const delay = retry?.retryDelay;
  return {
    reason: info?.reason,
    metadata: info?.metadata ?? {},
    retryAfterMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    violations: (bad?.fieldViolations ?? []).map(({ field, description }) => ({ field, description })),
  };
}
