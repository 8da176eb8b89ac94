import type { AppModel } from './app-model.ts';

const PREFIX = '#city=';

/** Keeps the open city in the address, so that a link and the back button lead to it. */
export function followAddress(model: AppModel, page: Window, signal: AbortSignal): void {
  const read = (): void => {
    const { hash } = page.location;
    const cityId = hash.startsWith(PREFIX) ? decodeURIComponent(hash.slice(PREFIX.length)) : undefined;
    if (cityId === model.selection.get()?.cityId) return;
    model.selection.set(cityId === undefined || cityId === '' ? undefined : { cityId, fly: true });
  };
  const write = (): void => {
    const selected = model.selection.get();
    const hash = selected ? PREFIX + encodeURIComponent(selected.cityId) : '';
    if (hash !== page.location.hash)
      page.history.pushState(null, '', hash || page.location.pathname + page.location.search);
  };
  read();
  page.addEventListener('popstate', read, { signal });
  page.addEventListener('hashchange', read, { signal });
  signal.addEventListener('abort', model.selection.subscribe(write));
}
