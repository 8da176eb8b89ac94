import type { Logger } from './logger.ts';

/** A module that runs: what others get of it, and how it ends. */
export interface StartedModule<Value> {
  readonly value: Value;
  /** Releases what it holds. Modules that need it have closed before. Default nothing. */
  readonly close?: () => unknown;
}

/** A part of a process that is started once, after those it needs. */
export interface Module<Values, Name extends keyof Values> {
  readonly needs: readonly (keyof Values & string)[];
  /** Starts it; `values` holds what it needs, and nothing else. */
  start(values: Values): Promise<StartedModule<Values[Name]>> | StartedModule<Values[Name]>;
}

/** Modules by name; `Values` is what each is to others. */
export type ModuleList<Values> = { readonly [Name in keyof Values & string]: Module<Values, Name> };

/** Modules that run. */
export interface ServiceGroup<Values> {
  /** What the modules asked for, and those they need, are to others. */
  readonly values: Readonly<Values>;
  /** Names in the order of starting. */
  readonly names: readonly string[];
  /** Closes all, those that need others first. One that fails to close is reported and does not keep the rest open. Idempotent. */
  close(): Promise<void>;
}

/** Declares modules such that the compiler knows what each may use: `module(['log'], ({ log }) => …)`. */
export function moduleOf<Values>() {
  return <Name extends keyof Values, const Needs extends readonly (keyof Values & string)[]>(
    needs: Needs,
    start: (values: Pick<Values, Needs[number]>) => Promise<StartedModule<Values[Name]>> | StartedModule<Values[Name]>,
  ): Module<Values, Name> => ({ needs, start });
}

/** A module that was started elsewhere. */
export function givenModule<Values, Name extends keyof Values>(
  value: Values[Name],
  close?: () => unknown,
): Module<Values, Name> {
  return { needs: [], start: () => (close === undefined ? { value } : { value, close }) };
}

/** A module whose value others get in another form. */
export function wrappedModule<Values, Name extends keyof Values>(
  { needs, start }: Module<Values, Name>,
  wrap: (value: Values[Name]) => Values[Name],
): Module<Values, Name> {
  return {
    needs,
    async start(values) {
      const started = await start(values);
      return { ...started, value: wrap(started.value) };
    },
  };
}

/**
 * Starts modules and all that they need, each as soon as what it needs has started. If one fails, those that run are
 * closed again, and its error is thrown.
 *
 * @throws Error if modules need each other in a circle.
 */
export async function startServiceGroup<Values extends object>(
  modules: ModuleList<Values>,
  wanted: readonly (keyof Values & string)[],
  { logger }: { readonly logger: Pick<Logger, 'info' | 'error'> },
): Promise<ServiceGroup<Values>> {
  type Name = keyof Values & string;
  const names = orderOf(modules, wanted);
  const running = new Map<Name, StartedModule<unknown>>();
  const starting = new Map<Name, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  async function start(name: Name): Promise<void> {
    const { needs } = modules[name];
    await Promise.all(needs.map((need) => starting.get(need)));
    if (failure !== undefined || !needs.every((need) => running.has(need))) return;
    try {
      const values = Object.fromEntries(needs.map((need) => [need, running.get(need)?.value]));
      running.set(name, await modules[name].start(values as Values));
    } catch (error) {
      failure ??= { error };
      logger.info({ module: name, err: error }, 'Module did not start');
    }
  }

  async function closeAll(): Promise<void> {
    for (const name of names.toReversed()) {
      try {
        await running.get(name)?.close?.();
      } catch (error) {
        const advice = 'The others are closed all the same; what was acked is in the log.';
        logger.error({ module: name, err: error, advice }, 'Module did not close in order');
      }
    }
  }

  for (const name of names) starting.set(name, start(name));
  await Promise.all(starting.values());
  if (failure !== undefined) {
    await closeAll();
    throw failure.error;
  }
  let closing: Promise<void> | undefined;
  return {
    values: Object.fromEntries([...running].map(([name, { value }]) => [name, value])) as Values,
    names,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** The modules wanted and all that they need, each after those it needs. */
function orderOf<Values>(
  modules: ModuleList<Values>,
  wanted: readonly (keyof Values & string)[],
): (keyof Values & string)[] {
  const ordered = new Set<keyof Values & string>();
  function visit(name: keyof Values & string, path: readonly string[]): void {
    if (ordered.has(name)) return;
    if (path.includes(name)) throw new Error(`Modules need each other: ${[...path, name].join(' → ')}`);
    for (const need of modules[name].needs) visit(need, [...path, name]);
    ordered.add(name);
  }
  for (const name of wanted) visit(name, []);
  return [...ordered];
}
