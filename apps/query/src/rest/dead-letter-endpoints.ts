import { create } from '@bufbuild/protobuf';
import {
  CountDeadLettersRequestSchema,
  type DeadLetterFilter,
  DeadLetterFilterSchema,
  DeadLetterReasonSchema,
  DeadLetterStateSchema,
  ListDeadLettersRequestSchema,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import type { LetterReads } from '../dead-letters/letter-reads.ts';
import { validated } from '../rpc/validation.ts';
import { deadLetterCountsJson, deadLettersJson } from './dead-letter-json.ts';
import type { Endpoint } from './endpoint.ts';
import type { QueryParameters } from './query-parameters.ts';

const TIMES = {
  observeStartTime: 'observe_start_time',
  observeEndTime: 'observe_end_time',
  seenStartTime: 'seen_start_time',
  seenEndTime: 'seen_end_time',
};
const FILTER = ['reason', 'city', 'state', 'tenant', 'producer', ...Object.values(TIMES)];

/** The URLs about dead letters: to look at. What changes them is called over RPC. */
export function deadLetterEndpoints(reads: LetterReads): readonly Endpoint[] {
  return [
    {
      path: '/v1/dead-letters',
      parameters: [...FILTER, 'page_size', 'page_token'],
      async answer({ parameters }, call) {
        const request = create(ListDeadLettersRequestSchema, {
          filter: filterOf(parameters),
          pageSize: parameters.count('page_size'),
          pageToken: parameters.text('page_token'),
        });
        const page = await reads.list(validated(ListDeadLettersRequestSchema, request), call);
        return { json: deadLettersJson(page), maxAgeSeconds: 0 };
      },
    },
    {
      path: '/v1/dead-letters/count',
      parameters: FILTER,
      async answer({ parameters }, call) {
        const request = create(CountDeadLettersRequestSchema, { filter: filterOf(parameters) });
        const counts = await reads.count(validated(CountDeadLettersRequestSchema, request), call);
        return { json: deadLetterCountsJson(counts), maxAgeSeconds: 0 };
      },
    },
  ];
}

function filterOf(parameters: QueryParameters): DeadLetterFilter {
  const reason = parameters.enumValue('reason', DeadLetterReasonSchema);
  const state = parameters.enumValue('state', DeadLetterStateSchema);
  const times = Object.entries(TIMES).flatMap(([field, name]) => {
    const at = parameters.instant(name);
    return at === undefined ? [] : [[field, at] as const];
  });
  return create(DeadLetterFilterSchema, {
    reasons: reason === undefined ? [] : [reason],
    states: state === undefined ? [] : [state],
    city: parameters.text('city'),
    tenant: parameters.text('tenant'),
    producerId: parameters.text('producer'),
    ...Object.fromEntries(times),
  });
}
