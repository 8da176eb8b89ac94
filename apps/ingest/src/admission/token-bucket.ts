/** What a {@link TokenBucket} says about a request. */
export interface TokenBucket {
  /** 0 where the next request may pass; otherwise milliseconds until it may, if nobody passes meanwhile. */
  waitMs(): number;
  /** Takes tokens, more than there are if need be: the debt is paid before anything else passes. */
  take(tokens: number): void;
  /** Gives tokens back that were taken for nothing. */
  giveBack(tokens: number): void;
  /** Whether it has as many tokens as it holds: nothing was taken lately. */
  readonly full: boolean;
}

/**
 * A bucket that fills at a steady rate. Requests pass while something is in it and take what they turn out to need,
 * so that a request larger than the bucket passes too. Over any span of t seconds at most
 * `burst + rate × t` tokens and one request more pass.
 *
 * @param nowMs a clock that does not go back; steps back count as no time
 */
export function createTokenBucket(
  rate: { readonly perSecond: number; readonly burstSeconds: number },
  nowMs: () => number,
): TokenBucket {
  const capacity = rate.perSecond * rate.burstSeconds;
  const perMs = rate.perSecond / 1000;
  let level = capacity;
  let filledMs = nowMs();

  function fill(): void {
    const atMs = nowMs();
    level = Math.min(capacity, level + Math.max(0, atMs - filledMs) * perMs);
    filledMs = atMs;
  }

  return {
    waitMs() {
      fill();
      return level > 0 ? 0 : Math.floor(-level / perMs) + 1;
    },
    take(tokens) {
      fill();
      level -= tokens;
    },
    giveBack(tokens) {
      level = Math.min(capacity, level + tokens);
    },
    get full() {
      fill();
      return level >= capacity;
    },
  };
}

/** A bucket that holds nobody up. */
export const BOTTOMLESS: TokenBucket = {
  waitMs: () => 0,
  take: () => undefined,
  giveBack: () => undefined,
  full: true,
};
