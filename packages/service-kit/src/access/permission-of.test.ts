import type { DescMethod } from '@bufbuild/protobuf';
import { ControlService } from '@isotherm/contracts/compute/v1/control_service';
import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { Health } from '@isotherm/contracts/grpc/health/v1/health';
import { IngestService } from '@isotherm/contracts/ingest/v1/ingest_service';
import { expect, it } from 'vitest';
import { permissionOf } from './permission-of.ts';

it('What a call asks of its caller is in its proto', () => {
  expect(permissionOf(Health.method.check)).toBe('none');
  expect(permissionOf(IngestService.method.ingestStream)).toBe('ingest');
  expect(permissionOf(DeadLetterService.method.listDeadLetters)).toBe('read');
  expect(permissionOf(DeadLetterService.method.purgeDeadLetters)).toBe('operate');
  expect(permissionOf(ControlService.method.acquire)).toBe('platform');
});

it('A method that says nothing may be called by nobody', () => {
  const method = {
    ...DeadLetterService.method.getDeadLetter,
    proto: {},
    toString: () => 'a.B.C',
  } as unknown as DescMethod;
  expect(() => permissionOf(method)).toThrow('a.B.C has no permission in its proto');
});
