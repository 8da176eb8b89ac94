import { createContext, use } from 'react';
import type { AppModel } from './app-model.ts';

/** Hands the model to the components. */
export const ModelContext = createContext<AppModel | undefined>(undefined);

/** The model of the page. */
export function useModel(): AppModel {
  const model = use(ModelContext);
  if (!model) throw new Error('components live inside ModelContext');
  return model;
}
