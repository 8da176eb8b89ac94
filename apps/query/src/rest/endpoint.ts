import type { Call } from '../call.ts';
import type { QueryParameters } from './query-parameters.ts';

/** What a URL answers, and how long a client may keep it. */
export interface RestAnswer {
  readonly json: unknown;
  readonly maxAgeSeconds: number;
}

/** An URL a person types. */
export interface Endpoint {
  /** `/v1/current/` takes what follows as the city, `/v1/cities` nothing. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** What the URL calls fields of the request that it stands for, where that is another name. Default none. */
  readonly names?: Readonly<Record<string, string>>;
  answer(request: { readonly city: string; readonly parameters: QueryParameters }, call: Call): Promise<RestAnswer>;
}
