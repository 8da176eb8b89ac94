import { CONDITION_TYPES, type Condition, type ConditionType } from '../api/index.ts';

/** What a condition says now. */
export interface ConditionWish {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

const MAX_MESSAGE = 700;

/** All conditions in their order; the time of the last transition is kept where the status stays. */
export function conditionsOf(
  wishes: Readonly<Record<ConditionType, ConditionWish>>,
  before: readonly Condition[],
  at: { readonly generation: number; readonly nowMs: number },
): Condition[] {
  return CONDITION_TYPES.map((type) => {
    const { status, reason, message } = wishes[type];
    const previous = before.find((condition) => condition.type === type);
    const kept = previous?.status === status;
    const lastTransitionTime = kept ? previous.lastTransitionTime : `${new Date(at.nowMs).toISOString().slice(0, 19)}Z`;
    const text = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message;
    return { type, status, reason, message: text, observedGeneration: at.generation, lastTransitionTime };
  });
}
