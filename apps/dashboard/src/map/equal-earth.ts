/** World units per radian of the projection; a map that shows the world is about 2,165 of them wide. */
export const WORLD_SCALE = 400;

// Coefficients of Šavrič, Patterson and Jenny, "The Equal Earth map projection", 2018.
const A1 = 1.340264;
const A2 = -0.081106;
const A3 = 0.000893;
const A4 = 0.003796;
const ROOT_3 = Math.sqrt(3);
const RADIANS = Math.PI / 180;

/** Equal Earth: world units right and down of 0° N 0° E. The same as d3-geo's `geoEqualEarth`, without its stream machinery. */
export function projectToWorld(longitude: number, latitude: number): [x: number, y: number] {
  const theta = Math.asin((ROOT_3 / 2) * Math.sin(latitude * RADIANS));
  const square = theta * theta;
  const sixth = square * square * square;
  const x =
    (longitude * RADIANS * Math.cos(theta)) /
    ((ROOT_3 / 2) * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)));
  const y = theta * (A1 + A2 * square + sixth * (A3 + A4 * square));
  return [x * WORLD_SCALE, -y * WORLD_SCALE];
}

/** Half the width of the world in world units, at the equator. */
export const WORLD_HALF_WIDTH = projectToWorld(180, 0)[0];

/** Half the height of the world in world units. */
export const WORLD_HALF_HEIGHT = -projectToWorld(0, 90)[1];
