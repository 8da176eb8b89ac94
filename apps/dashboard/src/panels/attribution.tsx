/** Where the data comes from, as its licences ask. */
export function Attribution() {
  return (
    <footer className="attribution small quiet">
      Cities <a href="https://www.geonames.org">GeoNames</a> (CC BY 4.0) · Map{' '}
      <a href="https://www.naturalearthdata.com">Natural Earth</a> (public domain) · Demo weather from Kaggle hourly
      weather (ODbL) and nycflights13 (CC0)
    </footer>
  );
}
