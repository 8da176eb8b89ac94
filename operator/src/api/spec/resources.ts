import * as z from 'zod';
import { group, withRules } from '../rules.ts';

/** Marks a number with a unit, which Kubernetes takes as text or as a whole number. */
export const INT_OR_STRING = 'int-or-string';

function quantity(description: string) {
  return z
    .union([z.int(), z.string().max(32)])
    .meta({ override: INT_OR_STRING })
    .describe(description);
}

/** Requests and limits of one kind of pod. */
export function resources(field: string, defaults: { readonly cpu: string; readonly memory: string }) {
  const schema = group(
    {
      requests: group(
        {
          cpu: quantity('Processor time that the scheduler reserves: 500m is half a core.').default(defaults.cpu),
          memory: quantity('Memory that the scheduler reserves.').default(defaults.memory),
        },
        'What the scheduler reserves for a pod.',
      ),
      limits: group(
        {
          cpu: quantity('Most processor time. Left out: as much as the node has free.').optional(),
          memory: quantity('Most memory; a pod that takes more is ended by the kernel.').default(defaults.memory),
        },
        'What a pod may take at most.',
      ),
    },
    'Processor time and memory of a pod.',
  );
  return withRules(
    schema,
    {
      rule: 'quantity(string(self.requests.memory)).compareTo(quantity(string(self.limits.memory))) <= 0',
      says: `${field}.requests.memory is {self.requests.memory}, above limits.memory {self.limits.memory}: raise the limit or lower the request`,
    },
    {
      rule: '!has(self.limits.cpu) || quantity(string(self.requests.cpu)).compareTo(quantity(string(self.limits.cpu))) <= 0',
      says: `${field}.requests.cpu is {self.requests.cpu}, above limits.cpu {self.limits.cpu}: raise the limit or lower the request`,
    },
  );
}
