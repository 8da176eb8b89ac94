/** JSON as the API server stores it. */
type Json = unknown;

/**
 * The part of `live` that `shape` speaks of. Lists of named things are matched by name, since others may add to them;
 * other lists by index, with their length. What is missing in `live` is undefined.
 */
export function project(shape: Json, live: Json): Json {
  if (Array.isArray(shape)) return projectList(shape, live);
  if (typeof shape !== 'object' || shape === null) return live;
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return undefined;
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(shape)) {
    result[key] = project(value, (live as Record<string, Json>)[key]);
  }
  return result;
}

function projectList(shape: readonly Json[], live: Json): Json {
  if (!Array.isArray(live)) return undefined;
  if (shape.length > 0 && shape.every(hasName)) {
    return shape.map((item) =>
      project(
        item,
        live.find((other) => hasName(other) && other.name === item.name),
      ),
    );
  }
  return { length: live.length, items: shape.map((item, index) => project(item, live[index])) };
}

function hasName(value: Json): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string';
}
