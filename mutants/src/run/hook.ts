import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { HookedMutant } from './hooked-mutant.ts';

// Loaded by `node --import` before anything else, also in threads: one file is read with a fault in it. The tree stays as it is.
const path = process.env['ISOTHERM_MUTANT'];
if (path !== undefined && path !== '') {
  const { url, source } = JSON.parse(readFileSync(path, 'utf8')) as HookedMutant;
  registerHooks({
    load(asked, context, nextLoad) {
      const loaded = nextLoad(asked, context);
      return asked === url ? { ...loaded, source } : loaded;
    },
  });
}
