import { type RefObject, useLayoutEffect, useRef } from 'react';

const SLIDE_MS = 320;

/** Lets the children of a list slide to their new places instead of jumping. Children carry `data-key`. */
export function useSlide(list: RefObject<HTMLElement | null>): void {
  const tops = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const reduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!list.current?.offsetParent) {
      // Not shown: there is nowhere to slide from.
      tops.current = new Map();
      return;
    }
    const before = tops.current;
    const after = new Map<string, number>();
    for (const child of list.current.children) {
      if (!(child instanceof HTMLElement)) continue;
      const key = child.dataset['key'] ?? '';
      const top = child.offsetTop;
      after.set(key, top);
      const from = before.get(key);
      if (reduced || before.size === 0 || from === top) continue;
      const start = from === undefined ? { opacity: 0 } : { transform: `translateY(${from - top}px)` };
      child.animate([start, {}], { duration: SLIDE_MS, easing: 'cubic-bezier(.2,.8,.2,1)' });
    }
    tops.current = after;
  });
}
