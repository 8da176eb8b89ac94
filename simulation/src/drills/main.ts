import { createPrng } from '@isotherm/testkit';
import { createViolations } from '../engine/violation.ts';
import { DRILL_NAMES, playDrills } from './play-drills.ts';

/** `node simulation/src/drills/main.ts <drills> <runs>`: plays some drills alone, as runs of the first seeds do. */
const [asked = '', runs = '10'] = process.argv.slice(2);
const names = DRILL_NAMES.filter((name) => asked.split(',').includes(name));

async function findFault(): Promise<string | undefined> {
  for (let seed = 1; seed <= Number(runs); seed++) {
    const violations = createViolations();
    try {
      await playDrills(createPrng(seed), violations, names);
    } catch (error) {
      return `seed ${seed}: ${String(error)}`;
    }
    if (violations.first !== undefined) return `seed ${seed}: ${violations.first.message}`;
  }
  return undefined;
}

const fault = names.length === 0 ? `Drills are ${DRILL_NAMES.join(', ')}.` : await findFault();
if (fault !== undefined) process.stderr.write(`${fault.slice(0, 1000)}\n`);
// A drill that never ends leaves nothing to do and this line unreached: then Node ends with code 13.
process.exitCode = fault === undefined ? 0 : 1;
