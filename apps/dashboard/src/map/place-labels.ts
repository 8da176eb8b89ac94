/** A label that found room: where its text begins, in CSS pixels of the viewport. */
export interface PlacedLabel {
  readonly slot: number;
  readonly x: number;
  readonly y: number;
}

/** A city that wants a label. */
export interface LabelCandidate {
  readonly slot: number;
  /** Middle of its disc, CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Width of its name. */
  readonly width: number;
}

/** Height of a label in CSS pixels, with the air it needs. */
export const LABEL_HEIGHT = 16;
const GAP = 4;
const AIR = 10;

/** Gives room to labels in the order asked, most important first; one that would touch another is left out. */
export function placeLabels(candidates: Iterable<LabelCandidate>, limit: number): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  const boxes: { left: number; right: number; top: number; bottom: number }[] = [];
  for (const { slot, x, y, radius, width } of candidates) {
    if (placed.length >= limit) break;
    const left = x + radius + GAP;
    const box = {
      left: x - radius - AIR,
      right: left + width + AIR,
      top: y - LABEL_HEIGHT / 2 - GAP,
      bottom: y + LABEL_HEIGHT / 2 + GAP,
    };
    if (boxes.some((b) => box.left < b.right && b.left < box.right && box.top < b.bottom && b.top < box.bottom))
      continue;
    boxes.push(box);
    placed.push({ slot, x: left, y });
  }
  return placed;
}
