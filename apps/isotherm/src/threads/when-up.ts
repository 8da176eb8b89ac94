import type { PartLife, SupervisedPart } from './supervise-part.ts';
import { partAway } from './supervise-thread.ts';

/** Resolves when the part is up. @throws PART_AWAY if it is gone for good. */
export function whenUp(part: SupervisedPart<PartLife>): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (part.state === 'up') resolve();
      else if (part.state === 'gone') reject(partAway(part.name));
      else return;
      forget();
    };
    const forget = part.onMove(look);
    look();
  });
}

/** Calls `then` now if the part is up, and each time it comes up. @returns a function that ends that. */
export function eachTimeUp(part: SupervisedPart<PartLife>, then: () => void): () => void {
  if (part.state === 'up') then();
  return part.onMove((state) => {
    if (state === 'up') then();
  });
}
