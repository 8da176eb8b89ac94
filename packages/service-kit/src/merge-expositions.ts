/** One metric family of Prometheus' text format. */
interface Family {
  readonly head: readonly string[];
  readonly samples: string[];
}

/**
 * Merges expositions of several threads into one: a family that several threads report appears once, with the samples
 * of all. Labels must keep the threads apart; this function adds none.
 */
export function mergeExpositions(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of texts) {
    let head: string[] = [];
    let family: Family | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      if (line.startsWith('# HELP ')) {
        head = [line];
        family = undefined;
      } else if (line.startsWith('# ')) {
        head.push(line);
        family = undefined;
      } else {
        family ??= familyOf(families, head, line);
        family.samples.push(line);
      }
    }
  }
  return [...families.values()].map(({ head, samples }) => `${[...head, ...samples].join('\n')}\n`).join('');
}

function familyOf(families: Map<string, Family>, head: readonly string[], sample: string): Family {
  const name = head[0]?.split(' ')[2] ?? sample.split(/[{ ]/, 1)[0] ?? sample;
  const known = families.get(name);
  if (known !== undefined) return known;
  const family: Family = { head: [...head], samples: [] };
  families.set(name, family);
  return family;
}
