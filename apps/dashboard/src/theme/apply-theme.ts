import type { ThemeChoice } from '../settings/settings.ts';

/** Makes the document follow a choice. */
export function applyTheme(root: HTMLElement, choice: ThemeChoice): void {
  if (choice === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = choice;
}

/** What the theme key switches to: the opposite of what is seen. */
export function oppositeTheme(choice: ThemeChoice, systemIsDark: boolean): ThemeChoice {
  const dark = choice === 'dark' || (choice === 'system' && systemIsDark);
  return dark ? 'light' : 'dark';
}
