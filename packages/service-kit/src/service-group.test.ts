import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModuleList, moduleOf, startServiceGroup } from './service-group.ts';

interface Values {
  readonly log: string;
  readonly store: string;
  readonly api: string;
  readonly unused: string;
}

const module = moduleOf<Values>();

/** A module that notes what happens to it. */
function noted(events: string[], name: string, faults: { readonly start?: Error; readonly close?: Error } = {}) {
  return {
    start: async (): Promise<{ value: string; close(): void }> => {
      events.push(`${name} starts`);
      await Promise.resolve();
      if (faults.start !== undefined) throw faults.start;
      events.push(`${name} runs`);
      return {
        value: name,
        close: () => {
          events.push(`${name} closes`);
          if (faults.close !== undefined) throw faults.close;
        },
      };
    },
  };
}

const reports: { module: string; message: string }[] = [];
const report = (fields: unknown, message?: string) => {
  reports.push({ module: (fields as { module: string }).module, message: message ?? '' });
};
const logger = { info: report, error: report } as Parameters<typeof startServiceGroup>[2]['logger'];

function modulesOf(
  events: string[],
  faults: Parameters<typeof noted>[2] & { readonly of?: string } = {},
): ModuleList<Values> {
  const faultsOf = (name: string) => (faults.of === name ? faults : {});
  return {
    api: module(['store', 'log'], noted(events, 'api', faultsOf('api')).start),
    store: module(['log'], noted(events, 'store', faultsOf('store')).start),
    log: module([], noted(events, 'log', faultsOf('log')).start),
    unused: module([], noted(events, 'unused').start),
  };
}

describe('A service group', () => {
  it('starts what is wanted after what that needs, and closes in reverse', async () => {
    const events: string[] = [];
    const group = await startServiceGroup(modulesOf(events), ['api'], { logger });
    expect(group.names).toEqual(['log', 'store', 'api']);
    expect(group.values).toEqual({ log: 'log', store: 'store', api: 'api' });
    await Promise.all([group.close(), group.close()]);
    const running = ['log starts', 'log runs', 'store starts', 'store runs', 'api starts', 'api runs'];
    expect(events).toEqual([...running, 'api closes', 'store closes', 'log closes']);
  });

  it('gives a module what it has declared, and nothing else', async () => {
    let got: object = {};
    const modules: ModuleList<Values> = {
      ...modulesOf([]),
      api: module(['log'], (values) => {
        got = values;
        return { value: 'api' };
      }),
    };
    await startServiceGroup(modules, ['api', 'store'], { logger });
    expect(got).toEqual({ log: 'log' });
  });

  it('closes what runs when one cannot start, says which, and starts nothing more', async () => {
    const events: string[] = [];
    const start = new Error('no disk');
    reports.length = 0;
    await expect(startServiceGroup(modulesOf(events, { of: 'store', start }), ['api'], { logger })).rejects.toBe(start);
    expect(events).toEqual(['log starts', 'log runs', 'store starts', 'log closes']);
    expect(reports).toEqual([{ module: 'store', message: 'Module did not start' }]);
  });

  it('closes the rest when one fails to close, and says which', async () => {
    const events: string[] = [];
    const group = await startServiceGroup(modulesOf(events, { of: 'store', close: new Error('late') }), ['api'], {
      logger,
    });
    reports.length = 0;
    await group.close();
    expect(events.slice(-3)).toEqual(['api closes', 'store closes', 'log closes']);
    expect(reports).toEqual([{ module: 'store', message: 'Module did not close in order' }]);
  });

  it('refuses modules that need each other', async () => {
    const modules: ModuleList<Values> = { ...modulesOf([]), log: module(['api'], () => ({ value: 'log' })) };
    await expect(startServiceGroup(modules, ['api'], { logger })).rejects.toThrow('api → store → log → api');
  });

  it('never runs a module before what it needs nor closes it after, whatever needs whatever', async () => {
    const graph = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 4 }), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(graph, fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }), async (edges, turns) => {
        const open = new Set<string>();
        const closedLate: number[] = [];
        const needsOf = (index: number) => (edges[index] ?? []).filter((need) => need < index).map(String);
        const modules = Object.fromEntries(
          edges.map((_, index) => {
            const needs = needsOf(index);
            const start = async () => {
              for (let turn = 0; turn < turns[index]!; turn++) await Promise.resolve();
              expect(needs.every((need) => open.has(need))).toBe(true);
              open.add(String(index));
              return {
                value: index,
                close: () => {
                  if (!needs.every((need) => open.has(need))) closedLate.push(index);
                  open.delete(String(index));
                },
              };
            };
            return [String(index), { needs, start }];
          }),
        );
        const group = await startServiceGroup<Record<string, number>>(modules, ['7', '3'], { logger });
        expect(new Set(group.names)).toEqual(open);
        await group.close();
        expect({ open: open.size, closedLate }).toEqual({ open: 0, closedLate: [] });
      }),
    );
  });
});
