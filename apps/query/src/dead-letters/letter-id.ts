import type { DeadLetterId } from '@isotherm/analytics';
import type { DeadLetterId as IdMessage } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { invalidRequest } from '../rpc/validation.ts';

/** An id as people write it: `12/3408/7`. */
export function letterIdText({ partition, offset, row }: DeadLetterId): string {
  return `${partition}/${offset}/${row}`;
}

/** Order of letters: that of the log within a partition, and so that of each city. */
export function compareLetterIds(a: DeadLetterId, b: DeadLetterId): number {
  return a.partition - b.partition || a.offset - b.offset || a.row - b.row;
}

/** Ids of a request, in order, each once. @throws REQUEST_INVALID for an offset that no log has. */
export function letterIdsOf(messages: readonly IdMessage[], field: string): DeadLetterId[] {
  const ids = messages.map(({ partition, offset, row }, index) => {
    if (offset <= BigInt(Number.MAX_SAFE_INTEGER)) return { partition, offset: Number(offset), row };
    throw invalidRequest([{ field: `${field}[${index}].offset`, description: `${offset} is no offset of a log` }]);
  });
  return ids.sort(compareLetterIds).filter((id, i) => i === 0 || compareLetterIds(ids[i - 1]!, id) !== 0);
}
