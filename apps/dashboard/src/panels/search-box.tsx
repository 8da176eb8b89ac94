import type { City } from '@isotherm/contracts/city/v1/city_service';
import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react';
import { formatCompact } from '../format/numbers.ts';
import { useModel } from '../model-context.ts';
import './search-box.css';

const LIMIT = 8;
/** Typing faster than this asks once. */
const PAUSE_MS = 90;

/** Finds a city by name. Arrow keys choose, Enter opens, Escape leaves. */
export function SearchBox({ input }: { readonly input: RefObject<HTMLInputElement | null> }) {
  const { clients, store, selection } = useModel();
  const listId = useId();
  const [query, setQuery] = useState('');
  const [cities, setCities] = useState<readonly City[]>([]);
  const [active, setActive] = useState(0);
  const [state, setState] = useState<'closed' | 'open' | 'none' | 'failed'>('closed');

  useEffect(() => {
    const wanted = query.trim();
    if (wanted === '') {
      setCities([]);
      setState('closed');
      return;
    }
    const closing = new AbortController();
    const timer = setTimeout(() => {
      clients.cities
        .searchCities({ query: wanted, limit: LIMIT }, { signal: closing.signal, timeoutMs: 5_000 })
        .then((answer) => {
          store.describe(answer.cities);
          setCities(answer.cities);
          setActive(0);
          setState(answer.cities.length > 0 ? 'open' : 'none');
        })
        .catch(() => {
          if (!closing.signal.aborted) setState('failed');
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      closing.abort();
    };
  }, [query, clients, store]);

  const choose = (city: City | undefined): void => {
    if (!city) return;
    selection.set({ cityId: city.cityId, fly: true });
    setQuery('');
    input.current?.blur();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive((active + 1) % Math.max(1, cities.length));
    else if (event.key === 'ArrowUp') setActive((active + cities.length - 1) % Math.max(1, cities.length));
    else if (event.key === 'Enter') choose(cities[active]);
    else if (event.key === 'Escape') {
      setQuery('');
      input.current?.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <search className="search">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search a city"
        aria-expanded={state === 'open'}
        aria-controls={listId}
        aria-activedescendant={state === 'open' ? `${listId}-${active}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="Search a city"
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <kbd className="search-key">/</kbd>
      {state !== 'closed' && (
        <div className="search-results surface">
          {state === 'none' && <p className="quiet search-note">No city is called “{query.trim()}”</p>}
          {state === 'failed' && <p className="quiet search-note">The search did not answer. Type again to retry.</p>}
          <div id={listId} role="listbox" aria-label="Cities">
            {cities.map((city, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox
              // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the combobox
              <div
                key={city.cityId}
                id={`${listId}-${i}`}
                role="option"
                aria-selected={i === active}
                className="search-row"
                onPointerDown={(event) => event.preventDefault()}
                onPointerEnter={() => setActive(i)}
                onClick={() => choose(city)}
              >
                <span>{city.name}</span>
                <span className="quiet small search-country">{city.country}</span>
                <span className="quiet small">{city.population > 0n && formatCompact(Number(city.population))}</span>
              </div>
            ))}
          </div>
        </div>
      )}
    </search>
  );
}
