export { type Catalogue, type CatalogueOptions, createCatalogue, type NearCity } from './catalogue.ts';
export { type City, describeCity, unlistedCity } from './city.ts';
export { loadCatalogue } from './load-catalogue.ts';
