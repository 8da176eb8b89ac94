import { type AccessToken, openAccessToken } from './data/access-token.ts';
import { createHottestRanking, type HottestRanking } from './data/hottest.ts';
import { createLiveStore, type LiveStore } from './data/live-store.ts';
import { createObservable, type Observable } from './data/observable.ts';
import { createPastView, type PastView } from './data/past-view.ts';
import { createPlatformClients, type PlatformClients } from './data/platform-clients.ts';
import { runWhileVisible } from './data/while-visible.ts';
import { openSettings, type Settings } from './settings/settings.ts';

/** Everything the components share. */
export interface AppModel {
  readonly access: AccessToken;
  readonly clients: PlatformClients;
  readonly store: LiveStore;
  readonly settings: Observable<Settings>;
  readonly past: PastView;
  readonly hottest: HottestRanking;
  /** The city whose panel is open. */
  readonly selection: Observable<Selection | undefined>;
  /** Whether the list of keys is open. */
  readonly keysOpen: Observable<boolean>;
}

/** A selected city, and whether the map should go there. */
export interface Selection {
  readonly cityId: string;
  readonly fly: boolean;
}

/** A page that nobody sees for so long gives its connections back. */
const HIDDEN_GRACE_MS = 30_000;
/** Places in the list of the hottest cities. */
const HOTTEST = 10;

/** What the browser remembers, where it may: choices for good, a token until the tab is closed. */
export interface PageStorage {
  readonly settings: Storage | undefined;
  readonly token: Storage | undefined;
}

/** Creates the model of a page served from `baseUrl` and starts its streams. */
export function createAppModel(baseUrl: string, storage: PageStorage, signal: AbortSignal): AppModel {
  const access = openAccessToken(storage.token);
  const clients = createPlatformClients(baseUrl, access.interceptor);
  const store = createLiveStore(clients, () => Date.now());
  const settings = openSettings(storage.settings);
  const model: AppModel = {
    access,
    clients,
    store,
    settings,
    past: createPastView(store, clients, () => settings.get().metric),
    hottest: createHottestRanking(store, HOTTEST),
    selection: createObservable<Selection | undefined>(undefined),
    keysOpen: createObservable(false),
  };
  // What is seen of the past depends on what the map shows.
  settings.subscribe(() => {
    const moment = model.past.moment.get();
    if (moment) model.past.lookAt(moment.atMs);
  });
  runWhileVisible(document, store.start, { graceMs: HIDDEN_GRACE_MS, signal });
  return model;
}
