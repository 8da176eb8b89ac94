import { createRoot } from 'react-dom/client';
import './theme/base.css';
import { App } from './app.tsx';
import { createAppModel } from './app-model.ts';
import { followAddress } from './follow-address.ts';
import { prefetchOutlines } from './map/outlines.ts';
import { ModelContext } from './model-context.ts';
import { applyTheme } from './theme/apply-theme.ts';

prefetchOutlines();
const closing = new AbortController();
const storage = { settings: openStorage('localStorage'), token: openStorage('sessionStorage') };
const model = createAppModel(location.origin, storage, closing.signal);
const showTheme = (): void => applyTheme(document.documentElement, model.settings.get().theme);
showTheme();
model.settings.subscribe(showTheme);
followAddress(model, window, closing.signal);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <ModelContext value={model}>
      <App />
    </ModelContext>,
  );
}

/** Storage is forbidden in some browsers' private windows. */
function openStorage(kind: 'localStorage' | 'sessionStorage'): Storage | undefined {
  try {
    return window[kind];
  } catch {
    return undefined;
  }
}
