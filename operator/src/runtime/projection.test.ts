import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { project } from './projection.ts';

const desired = {
  spec: { replicas: 2, containers: [{ name: 'a', image: 'x' }], args: ['one', 'two'] },
};

test('fields of others are not looked at', () => {
  const live = {
    metadata: { uid: '1' },
    spec: {
      replicas: 2,
      other: true,
      containers: [{ name: 'sidecar' }, { name: 'a', image: 'x', more: 1 }],
      args: ['one', 'two'],
    },
  };
  expect(digestOf(project(desired, live))).toBe(digestOf(project(desired, desired)));
});

test.each([
  ['a changed value', { replicas: 3 }],
  ['a value that is gone', { replicas: undefined }],
  ['a changed item of a named list', { containers: [{ name: 'a', image: 'y' }] }],
  ['an item that is gone', { containers: [] }],
  ['a longer list of plain values', { args: ['one', 'two', 'three'] }],
])('%s shows', (_, change) => {
  const live = { spec: { ...desired.spec, ...change } };
  expect(digestOf(project(desired, live))).not.toBe(digestOf(project(desired, desired)));
});

test('digests do not depend on the order of keys', () => {
  expect(digestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(digestOf({ b: { d: 3, c: 2 }, a: 1 }));
});
