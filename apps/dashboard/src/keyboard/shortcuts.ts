/** A key and what it does. */
export interface Shortcut {
  /** As `KeyboardEvent.key` names it. */
  readonly key: string;
  readonly run: () => void;
}

/** Runs shortcuts while no text is being typed and no modifier is held. */
export function listenForShortcuts(target: Document, shortcuts: readonly Shortcut[], signal: AbortSignal): void {
  const byKey = new Map(shortcuts.map((shortcut) => [shortcut.key, shortcut]));
  target.addEventListener(
    'keydown',
    (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const shortcut = byKey.get(event.key);
      if (!shortcut || (isTyping(event.target) && event.key !== 'Escape')) return;
      event.preventDefault();
      shortcut.run();
    },
    { signal },
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && target.type !== 'range';
}
