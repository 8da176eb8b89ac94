import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import type { Call } from '../call.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';

/** DeadLetterService over reads and changes. */
export function createDeadLetterService(
  { reads, changes }: Pick<DeadLetters, 'reads' | 'changes'>,
  callOf: (context: HandlerContext) => Call,
): ServiceImpl<typeof DeadLetterService> {
  return {
    listDeadLetters: (request, context) => reads.list(request, callOf(context)),
    countDeadLetters: (request, context) => reads.count(request, callOf(context)),
    getDeadLetter: (request, context) => reads.get(request, callOf(context)),
    replayDeadLetters: (request, context) => changes.replay(request, callOf(context)),
    purgeDeadLetters: (request, context) => changes.purge(request, callOf(context)),
  };
}
