import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployFiles } from './deploy-files.ts';
import { OPERATOR_IMAGE } from './operator-image.ts';

test.each([...deployFiles(OPERATOR_IMAGE)])(
  'deploy/%s is what the code says; else run node operator/src/deploy/write-deploy-files.ts',
  (path, content) => {
    expect(readFileSync(join(import.meta.dirname, '../../../deploy', path), 'utf8')).toBe(content);
  },
);

test('the operator may not read Secrets, and nothing is granted on all resources', () => {
  const rules = JSON.parse(deployFiles('').get('helm/isotherm-operator/files/access-rules.json')!) as readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
  expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
  for (const { apiGroups, resources, verbs } of rules)
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
});
