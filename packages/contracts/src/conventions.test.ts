import { readFileSync } from 'node:fs';
import { createFileRegistry, type DescField, type DescMessage, fromBinary, getOption } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { expect, it } from 'vitest';
import { field as fieldRules } from './gen/buf/validate/validate_pb.js';
import { Permission, permission } from './gen/isotherm/access/v1/permission_pb.js';

const bytes = readFileSync(new URL('./gen/descriptor.binpb', import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
const files = [...registry.files].filter(({ proto }) => proto.package.startsWith('isotherm.'));
const services = files.flatMap((file) => file.services);
const fields = files.flatMap((file) => file.messages.flatMap(allFields));

/** Packages and services that only the platform itself calls. */
const INTERNAL = ['isotherm.compute.v1', 'isotherm.coordinator.v1', 'isotherm.ingest.v1.ReplayService'];
const isInternal = (name: string) => INTERNAL.some((prefix) => name === prefix || name.startsWith(`${prefix}.`));

function allFields(message: DescMessage): DescField[] {
  return [...message.fields, ...message.nestedMessages.flatMap(allFields)];
}

/** Every message reachable from a message, itself included. */
function reachable(message: DescMessage, seen = new Set<DescMessage>()): Set<DescMessage> {
  if (seen.has(message)) return seen;
  seen.add(message);
  for (const field of message.fields) if (field.message !== undefined) reachable(field.message, seen);
  return seen;
}

it('Instants end in _time and are google.protobuf.Timestamp; numbers of milliseconds say so', () => {
  const wrong = fields.filter((field) => {
    const isTimestamp = field.message?.typeName === 'google.protobuf.Timestamp';
    return isTimestamp !== /(^|_)time$/.test(field.name) || /_at$|^(from|to|at)$/.test(field.name);
  });
  expect(wrong.map((field) => `${field.parent.typeName}.${field.name}`)).toEqual([]);
});

it('No public call carries a message of an internal package', () => {
  const found = services
    .filter(({ typeName }) => !isInternal(typeName) && !isInternal(typeName.slice(0, typeName.lastIndexOf('.'))))
    .flatMap(({ methods }) => methods.flatMap((method) => [...reachable(method.input), ...reachable(method.output)]))
    .map(({ typeName }) => typeName)
    .filter(isInternal);
  expect(found).toEqual([]);
});

it('Every unary read says that it has no side effects, and nothing else does', () => {
  const reads = /^(Get|List|Search|Find|Query|Rank|Count)/;
  const wrong = services
    .flatMap(({ methods }) => methods)
    .filter(({ methodKind, idempotency, name }) => {
      const says = idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
      return says !== (methodKind === 'unary' && reads.test(name));
    });
  expect(wrong.map(({ parent, name }) => `${parent.typeName}/${name}`)).toEqual([]);
});

it('Every file names a Go package of its own', () => {
  for (const { proto } of files) {
    const [, area] = proto.package.split('.');
    expect(proto.options?.goPackage).toBe(`isotherm.dev/go/isotherm/${area}/v1;${area}v1`);
  }
});

it('A page size too large is coerced, never refused', () => {
  const sizes = fields.filter(({ name }) => name === 'page_size');
  expect(sizes.length).toBeGreaterThan(0);
  for (const { proto } of sizes) expect(proto.options).toBeUndefined();
});

it('Every enum of a request takes defined values only', () => {
  const requests = services.flatMap(({ methods }) => methods.flatMap(({ input }) => [...reachable(input)]));
  const enums = requests.flatMap(({ fields: own }) => own.filter((field) => field.enum !== undefined));
  expect(enums.length).toBeGreaterThan(5);
  const loose = enums.filter((field) => {
    const rules = getOption(field, fieldRules).type;
    const one = rules.case === 'repeated' ? rules.value.items?.type : rules;
    return one?.case !== 'enum' || one.value.definedOnly !== true;
  });
  expect([...new Set(loose.map(({ parent, name }) => `${parent.typeName}.${name}`))]).toEqual([]);
});

it('A reason to reject has the same name and number among the reasons of dead letters', () => {
  const named = (typeName: string) => registry.getEnum(typeName)?.value ?? {};
  const reject = Object.values(named('isotherm.ingest.v1.RejectReason'));
  const dead = named('isotherm.deadletter.v1.DeadLetterReason');
  expect(reject.length).toBeGreaterThan(10);
  for (const { number, localName } of reject) expect(dead[number]?.localName).toBe(localName);
});

it('Every method says what it asks of its caller', () => {
  const silent = services
    .flatMap(({ methods }) => methods)
    .filter((method) => getOption(method, permission) === Permission.UNSPECIFIED);
  expect(silent.map(({ parent, name }) => `${parent.typeName}/${name}`)).toEqual([]);
});

it('What only the platform calls asks for its identity, and nothing else does', () => {
  const wrong = services
    .filter(({ typeName }) => typeName !== 'isotherm.ingest.v1.ReplayService')
    .flatMap(({ methods }) => methods)
    .filter((method) => (getOption(method, permission) === Permission.PLATFORM) !== isInternal(method.parent.typeName));
  expect(wrong.map(({ parent, name }) => `${parent.typeName}/${name}`)).toEqual([]);
});
