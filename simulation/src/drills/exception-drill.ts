import type { Exception } from '@isotherm/domain';
import { EXCEPTION_KINDS, ExceptionLog, MAX_EXCEPTIONS } from '@isotherm/domain/internals';
import type { Drill } from './drill.ts';

/** The log of exceptions against a plain list: in order, forgotten from the front, full at its limit. */
export async function drillExceptions({ prng, same }: Drill): Promise<void> {
  const max = prng.pick([5, 70, 200, 300]);
  const log = new ExceptionLog(max);
  let known: Exception[] = [];
  let messages = new Map<number, string>();
  let offset = 0;
  same('a new one is empty', [log.count, log.isFull, log.between(0, 10)], [0, false, []]);
  for (let i = 0; i < 400; i++) {
    offset += prng.pick([0, 0, 1, 3]);
    const where = { slice: prng.below(5) - 1, row: prng.below(200) - 1 };
    const number = prng.below(EXCEPTION_KINDS.length);
    const kind = EXCEPTION_KINDS[number]!;
    if (prng.chance(0.5)) log.add(offset, kind, where);
    else log.restore(offset, number, where);
    if (kind === 'poison' && prng.chance(0.8)) {
      log.messages.set(offset, `because of ${offset}`);
      messages.set(offset, `because of ${offset}`);
    }
    known.push({ offset, kind, ...where, message: '' });
    if (prng.chance(0.05) || log.isFull) {
      const before = prng.chance(0.3) ? offset + 1 : prng.below(offset + 2);
      log.forget(before);
      known = known.filter((each) => each.offset >= before);
      messages = new Map([...messages].filter(([at]) => at >= before));
      same('messages are kept as long as their exceptions', [...log.messages], [...messages]);
    }
    if (prng.chance(0.9)) continue;
    check();
  }
  check();
  const [offsets, kinds, slices, rows] = log.columns();
  same(
    'the columns are the exceptions',
    known.map((_, i) => [offsets[i], EXCEPTION_KINDS[kinds[i]!], slices[i], rows[i]]),
    known.map((each) => [each.offset, each.kind, each.slice, each.row]),
  );
  same('and nothing else', [offsets.length, kinds.length, slices.length, rows.length], Array(4).fill(known.length));
  log.clear();
  known = [];
  check();
  log.restore(1, 250, { slice: 1, row: 2 });
  same('a kind of a later version is poison', log.between(0, 2)[0]?.kind, 'poison');
  const first = new ExceptionLog(1);
  const fulls = [first.isFull];
  first.add(0, 'late', { slice: 0, row: 0 });
  same('the limit is the most there may be', [...fulls, first.isFull], [false, true]);
  same('a million may wait', MAX_EXCEPTIONS, 1_000_000);

  function check(): void {
    const from = prng.chance(0.5) ? 0 : prng.below(offset + 2);
    const before = prng.below(offset + 3);
    const wanted = known
      .filter((each) => each.offset >= from && each.offset < before)
      .map((each) => ({ ...each, message: each.kind === 'poison' ? (messages.get(each.offset) ?? '') : '' }));
    same('exceptions are told in order, from and up to an offset', log.between(from, before), wanted);
    same('so many there are', [log.count, log.isFull], [known.length, known.length >= max]);
  }
}
